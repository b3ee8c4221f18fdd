// func-yaml says where func.yaml files break func's own schema:
//
//	func-yaml <schema> <func.yaml>...
package main

import (
	"fmt"
	"os"

	"kn-func-runtime/e2e/tools/internal/funcyaml"
)

func main() {
	if len(os.Args) < 3 {
		fmt.Fprintln(os.Stderr, "expected a schema and func.yaml files")
		os.Exit(2)
	}
	faults, err := check(os.Args[1], os.Args[2:])
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	for _, fault := range faults {
		fmt.Println(fault)
	}
	if len(faults) > 0 {
		os.Exit(1)
	}
}

func check(schemaPath string, paths []string) (faults []string, err error) {
	schema, err := funcyaml.Read(schemaPath)
	if err != nil {
		return nil, err
	}
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			return nil, err
		}
		found, err := schema.Faults(text)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		for _, fault := range found {
			faults = append(faults, fmt.Sprintf("%s: %s", path, fault))
		}
	}
	return faults, nil
}
