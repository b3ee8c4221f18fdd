package tools

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"kn-func-runtime/e2e/tools/internal/funcyaml"
	functions "knative.dev/func/pkg/functions"
)

// Whether func takes a func.yaml, by its own loader and by its own schema, which its loader does not ask.
func checkFunction(t *testing.T, text []byte) (functions.Function, error) {
	t.Helper()
	// Not where it is: func makes files beside what it loads.
	folder := t.TempDir()
	if err := os.WriteFile(filepath.Join(folder, "func.yaml"), text, 0o600); err != nil {
		t.Fatal(err)
	}
	function, err := functions.NewFunction(folder)
	if err != nil {
		return function, err
	}
	if !function.Initialized() {
		return function, errors.New("there is no function")
	}
	source, err := source("knative.dev/func")
	if err != nil {
		return function, err
	}
	schema, err := funcyaml.Read(filepath.Join(source, "schema/func_yaml-schema.json"))
	if err != nil {
		return function, err
	}
	broken, err := schema.Faults(text)
	if err != nil {
		return function, err
	}
	faults := []error{function.Validate()}
	if version := functions.LastSpecVersion(); function.SpecVersion != version {
		faults = append(faults, fmt.Errorf("specVersion is %s; expected %s", function.SpecVersion, version))
	}
	for _, fault := range broken {
		faults = append(faults, errors.New(fault))
	}
	return function, errors.Join(faults...)
}

// The crates of a folder, by name, and what they lack to be deployed.
func crates(folder string) (names []string, missing []error, err error) {
	manifests, err := filepath.Glob(filepath.Join(folder, "*/Cargo.toml"))
	for _, manifest := range manifests {
		crate := filepath.Dir(manifest)
		names = append(names, filepath.Base(crate))
		for _, file := range []string{"func.yaml", "k8s/service.yaml"} {
			if _, err := os.Stat(filepath.Join(crate, file)); err != nil {
				missing = append(missing, fmt.Errorf("%s has no %s: %w", filepath.Base(crate), file, err))
			}
		}
	}
	return names, missing, err
}

func examples(t *testing.T) []string {
	t.Helper()
	names, missing, err := crates(filepath.Join(repository, "examples"))
	if err := errors.Join(append(missing, err)...); err != nil || len(names) == 0 {
		t.Fatalf("%d examples: %v", len(names), err)
	}
	return names
}

func funcYaml(t *testing.T, example string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(repository, "examples", example, "func.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// A copy with one thing broken.
func replaced(t *testing.T, text, from, to string) string {
	t.Helper()
	copied := strings.Replace(text, from, to, 1)
	if copied == text {
		t.Fatalf("there is no %q", from)
	}
	return copied
}

func TestEachExampleCanBeDeployed(t *testing.T) {
	for _, example := range examples(t) {
		t.Run(example, func(t *testing.T) {
			function, err := checkFunction(t, []byte(funcYaml(t, example)))
			if err != nil {
				t.Fatal(err)
			}
			if function.Runtime != "rust" {
				t.Errorf("runtime: %s", function.Runtime)
			}
		})
	}
}

func TestAnExampleWithoutItsFilesIsFound(t *testing.T) {
	folder := t.TempDir()
	for _, file := range []string{
		"whole/Cargo.toml", "whole/func.yaml", "whole/k8s/service.yaml",
		"by-hand/Cargo.toml", "by-hand/k8s/service.yaml",
		"by-func/Cargo.toml", "by-func/func.yaml", "by-func/k8s/trigger.yaml",
		"no-crate/README.md",
	} {
		path := filepath.Join(folder, file)
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o700), os.WriteFile(path, nil, 0o600)); err != nil {
			t.Fatal(err)
		}
	}
	names, missing, err := crates(folder)
	if err != nil || len(names) != 3 || len(missing) != 2 {
		t.Fatalf("%v, %v, %v", names, missing, err)
	}
	for index, start := range []string{"by-func has no k8s/service.yaml: ", "by-hand has no func.yaml: "} {
		if !strings.HasPrefix(missing[index].Error(), start) {
			t.Errorf("expected %s..., got %v", start, missing[index])
		}
	}
}

// Whoever deploys with func and whoever applies the manifests get the same.
func TestFuncYamlAndServiceSayTheSame(t *testing.T) {
	for _, example := range examples(t) {
		t.Run(example, func(t *testing.T) {
			function, err := checkFunction(t, []byte(funcYaml(t, example)))
			if err != nil {
				t.Fatal(err)
			}
			if err := differences(function, service(t, example)); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestFuncYamlThatSaysAnotherThingIsFound(t *testing.T) {
	for name, other := range map[string]struct{ example, from, to, fault string }{
		"a name":                        {"state", "name: state", "name: office", "name: office in func.yaml, state in"},
		"a namespace":                   {"get-emojis", "namespace: emojis\n", "", "namespace: default in func.yaml, emojis in"},
		"a service account":             {"get-emojis", "  serviceAccountName: get-emojis\n", "", "service account:  in func.yaml, get-emojis in"},
		"a path of a probe":             {"state", "/health/liveness", "/healthz", "liveness: /healthz in func.yaml"},
		"concurrency":                   {"state", "concurrency: 100", "concurrency: 10", "concurrency: 10 in func.yaml, 100 in"},
		"no concurrency":                {"state", "        concurrency: 100\n", "", "concurrency: none in func.yaml, 100 in"},
		"memory":                        {"state", "memory: 64Mi", "memory: 1Gi", "limit of memory: 1Gi in func.yaml, 64Mi in"},
		"a scale":                       {"state", "max: 1", "max: 2", "scale.max: 2 in func.yaml, 1 in"},
		"a missing variable":            {"state", "  - name: TICKETS\n    value: '{{ configMap:state:TICKETS }}'\n", "", "variables: "},
		"a variable of another name":    {"state", "name: TICKETS", "name: TICKET", "variables: "},
		"a value":                       {"state", "64KiB", "65KiB", "variables: "},
		"a value that is written twice": {"state", "'{{ configMap:state:TICKETS }}'", `"100"`, "variables: "},
		"a key of a Secret":             {"get-emojis", "secret:get-emojis:SYNONYMS_URL", "secret:get-emojis:URL", "variables: "},
		"a ConfigMap, not a Secret":     {"get-emojis", "secret:get-emojis:", "configMap:get-emojis:", "variables: "},
		"no variables of a ConfigMap":   {"get-emojis", "  - value: '{{ configMap:get-emojis }}'\n", "", "variables: "},
		"variables of another one":      {"get-emojis", "{{ configMap:get-emojis }}", "{{ configMap:emojis }}", "variables: "},
		"a missing volume":              {"state", "  - configMap: state\n    path: /etc/state/config\n", "", "files: "},
		"a volume of another kind":      {"state", "- secret: state", "- configMap: state", "files: "},
		"a volume at another place":     {"state", "path: /etc/state/config", "path: /etc/state", "files: "},
	} {
		t.Run(name, func(t *testing.T) {
			function, err := checkFunction(t, []byte(replaced(t, funcYaml(t, other.example), other.from, other.to)))
			if err != nil {
				t.Fatal(err)
			}
			err = differences(function, service(t, other.example))
			if err == nil || !strings.HasPrefix(err.Error(), other.fault) || strings.Contains(err.Error(), "\n") {
				t.Errorf("expected only\n%s...\ngot\n%v", other.fault, err)
			}
		})
	}
}

func TestBrokenFuncYamlIsRefused(t *testing.T) {
	text := funcYaml(t, "events")
	for name, broken := range map[string]struct{ from, to, fault string }{
		"a misspelt field":     {"concurrency:", "concurency:", "Additional property concurency is not allowed"},
		"a kind of invocation": {"invoke: cloudevent", "invoke: grpc", "invoke must be one of the following"},
		"negative concurrency": {"concurrency: 100", "concurrency: -1", `"resources.limits.concurrency" has value set to "-1"`},
		"an amount":            {"memory: 64Mi", "memory: many", `"resources.limits.memory" has invalid value set: "many"`},
		"a metric":             {"max: 10", "max: 10\n      metric: cpu", `"scale.metric" has invalid value set: cpu`},
		"a variable's name":    {"name: FUNC_BODY_LIMIT", "name: FUNC BODY LIMIT", "FUNC BODY LIMIT"},
		"a name":               {"name: events", "name: Events", "name: Does not match pattern"},
		"a deployer":           {"deploy:", "deploy:\n  deployer: lambda", "deployer must be one of the following"},
		"a version":            {"specVersion: 0.36.0", "specVersion: 9.0.0", "specVersion is 9.0.0; expected"},
	} {
		t.Run(name, func(t *testing.T) {
			copied := replaced(t, text, broken.from, broken.to)
			if _, err := checkFunction(t, []byte(copied)); err == nil || !strings.Contains(err.Error(), broken.fault) {
				t.Errorf("expected a fault with\n%s\ngot\n%v", broken.fault, err)
			}
		})
	}
}
