// Package funcyaml holds func.yaml files against func's own schema, which func itself does not ask.
package funcyaml

import (
	"fmt"
	"os"

	"github.com/xeipuuv/gojsonschema"
	"sigs.k8s.io/yaml"
)

// Schema is what func ships as schema/func_yaml-schema.json.
type Schema struct {
	compiled *gojsonschema.Schema
}

// Read takes the schema from a file.
func Read(path string) (Schema, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return Schema{}, err
	}
	compiled, err := gojsonschema.NewSchema(gojsonschema.NewBytesLoader(text))
	if err != nil {
		return Schema{}, fmt.Errorf("%s: %w", path, err)
	}
	return Schema{compiled}, nil
}

// Faults says where the text of a func.yaml breaks the schema. An error is one of a text that is no YAML.
func (s Schema) Faults(text []byte) ([]string, error) {
	json, err := yaml.YAMLToJSONStrict(text)
	if err != nil {
		return nil, err
	}
	result, err := s.compiled.Validate(gojsonschema.NewBytesLoader(json))
	if err != nil {
		return nil, err
	}
	var faults []string
	for _, fault := range result.Errors() {
		faults = append(faults, fault.String())
	}
	return faults, nil
}
