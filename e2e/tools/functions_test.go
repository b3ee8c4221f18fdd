package tools

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/xeipuuv/gojsonschema"
	functions "knative.dev/func/pkg/functions"
	"sigs.k8s.io/yaml"
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
	schema, err := os.ReadFile(filepath.Join(source, "schema/func_yaml-schema.json"))
	if err != nil {
		return function, err
	}
	document, err := yaml.YAMLToJSONStrict(text)
	if err != nil {
		return function, err
	}
	result, err := gojsonschema.Validate(gojsonschema.NewBytesLoader(schema), gojsonschema.NewBytesLoader(document))
	if err != nil {
		return function, err
	}
	faults := []error{function.Validate()}
	if version := functions.LastSpecVersion(); function.SpecVersion != version {
		faults = append(faults, fmt.Errorf("specVersion is %s; expected %s", function.SpecVersion, version))
	}
	for _, fault := range result.Errors() {
		faults = append(faults, errors.New(fault.String()))
	}
	return function, errors.Join(faults...)
}

func examples(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(repository, "examples/*/func.yaml"))
	if err != nil || len(files) == 0 {
		t.Fatalf("there is no func.yaml: %v", err)
	}
	var names []string
	for _, file := range files {
		names = append(names, filepath.Base(filepath.Dir(file)))
	}
	return names
}

// Whoever deploys with func and whoever applies the manifests get the same.
func TestFuncYamlAndServiceSayTheSame(t *testing.T) {
	for _, example := range examples(t) {
		t.Run(example, func(t *testing.T) {
			text, err := os.ReadFile(filepath.Join(repository, "examples", example, "func.yaml"))
			if err != nil {
				t.Fatal(err)
			}
			function, err := checkFunction(t, text)
			if err != nil {
				t.Fatal(err)
			}
			service := service(t, example)
			spec := service.Spec.Template.Spec
			container := spec.Containers[0]
			same := func(what string, written, applied any) {
				if fmt.Sprint(written) != fmt.Sprint(applied) {
					t.Errorf("%s: %v in func.yaml, %v in k8s/service.yaml", what, written, applied)
				}
			}
			same("runtime", function.Runtime, "rust")
			same("name", function.Name, service.Name)
			same("liveness", function.Deploy.HealthEndpoints.Liveness, container.LivenessProbe.HTTPGet.Path)
			same("readiness", function.Deploy.HealthEndpoints.Readiness, container.ReadinessProbe.HTTPGet.Path)
			options := function.Deploy.Options
			if options.Resources == nil || options.Resources.Requests == nil || options.Resources.Limits == nil {
				t.Fatal("func.yaml has no resources")
			}
			requests, limits := options.Resources.Requests, options.Resources.Limits
			same("concurrency", *limits.Concurrency, *spec.ContainerConcurrency)
			same("requested CPU", *requests.CPU, container.Resources.Requests.Cpu())
			same("requested memory", *requests.Memory, container.Resources.Requests.Memory())
			same("limit of CPU", *limits.CPU, container.Resources.Limits.Cpu())
			same("limit of memory", *limits.Memory, container.Resources.Limits.Memory())
			for name, scale := range map[string]*int64{"min-scale": options.Scale.Min, "max-scale": options.Scale.Max} {
				same(name, *scale, service.Spec.Template.Annotations["autoscaling.knative.dev/"+name])
			}
			for _, variable := range container.Env {
				if variable.Value != "" && variable.Name == "FUNC_BODY_LIMIT" {
					same(variable.Name, valueOf(function, variable.Name), variable.Value)
				}
			}
		})
	}
}

func valueOf(function functions.Function, name string) string {
	for _, variable := range function.Run.Envs {
		if variable.Name != nil && *variable.Name == name && variable.Value != nil {
			return *variable.Value
		}
	}
	return ""
}

func TestBrokenFuncYamlIsRefused(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(repository, "examples/events/func.yaml"))
	if err != nil {
		t.Fatal(err)
	}
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
			copied := strings.Replace(string(text), broken.from, broken.to, 1)
			if copied == string(text) {
				t.Fatalf("func.yaml has no %q", broken.from)
			}
			if _, err := checkFunction(t, []byte(copied)); err == nil || !strings.Contains(err.Error(), broken.fault) {
				t.Errorf("expected a fault with\n%s\ngot\n%v", broken.fault, err)
			}
		})
	}
}
