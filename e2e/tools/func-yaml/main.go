// func-yaml says where func.yaml files break func's own schema:
//
//	func-yaml <schema> <func.yaml>...
package main

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/xeipuuv/gojsonschema"
	"sigs.k8s.io/yaml"
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
	schemaPath, err = filepath.Abs(schemaPath)
	if err != nil {
		return nil, err
	}
	schema, err := gojsonschema.NewSchema(gojsonschema.NewReferenceLoader("file://" + schemaPath))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", schemaPath, err)
	}
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			return nil, err
		}
		json, err := yaml.YAMLToJSONStrict(text)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		result, err := schema.Validate(gojsonschema.NewBytesLoader(json))
		if err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		for _, fault := range result.Errors() {
			faults = append(faults, fmt.Sprintf("%s: %s", path, fault))
		}
	}
	return faults, nil
}
