package tools

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	servingv1 "knative.dev/serving/pkg/apis/serving/v1"
)

const repository = "../.."

// The manifests of a folder, by the names of their files.
type manifests map[string]string

// Whether a cluster with Knative would take all of a folder, and whether it is as we want ours.
func (m manifests) check() error {
	var all folder
	from := map[int]string{}
	for _, file := range slices.Sorted(maps.Keys(m)) {
		objects, err := decode(m[file])
		if err != nil {
			return fmt.Errorf("%s: %w", file, err)
		}
		for _, object := range objects {
			from[len(all)] = file
			all = append(all, object)
		}
	}
	var faults []error
	for index, object := range all {
		// Ours first: Knative fills in what is missing.
		if err := errors.Join(all.check(object), admit(object)); err != nil {
			faults = append(faults, fmt.Errorf("%s: %T %s: %w", from[index], object, object.GetName(), err))
		}
	}
	return errors.Join(faults...)
}

// All folders `k8s` of the repository.
func folders(t *testing.T) map[string]manifests {
	t.Helper()
	found := map[string]manifests{}
	err := filepath.WalkDir(repository, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() {
			if name := entry.Name(); name == "target" || name == ".git" {
				return filepath.SkipDir
			}
			return nil
		}
		folder := filepath.Dir(path)
		if filepath.Base(folder) != "k8s" {
			return nil
		}
		if filepath.Ext(path) != ".yaml" || entry.Name() == "manifest.yaml" {
			t.Errorf("%s: expected only .yaml files in k8s, and none that func takes for its own", path)
		}
		text, err := os.ReadFile(path)
		if found[folder] == nil {
			found[folder] = manifests{}
		}
		found[folder][entry.Name()] = string(text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(found) == 0 {
		t.Fatal("there are no manifests")
	}
	return found
}

func TestKnativeTakesAllManifests(t *testing.T) {
	for path, manifests := range folders(t) {
		t.Run(strings.TrimPrefix(path, repository+"/"), func(t *testing.T) {
			if err := manifests.check(); err != nil {
				t.Error(err)
			}
		})
	}
}

// The Service of an example.
func service(t *testing.T, example string) *servingv1.Service {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(repository, "examples", example, "k8s/service.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	objects, err := decode(string(text))
	if err != nil || len(objects) != 1 {
		t.Fatalf("%d objects, %v", len(objects), err)
	}
	return objects[0].(*servingv1.Service)
}

// Copies of real manifests, each with one thing broken.
func TestBrokenManifestsAreRefused(t *testing.T) {
	all := folders(t)
	for name, broken := range map[string]struct{ example, file, from, to, fault string }{
		"a misspelt field": {
			"hello", "service.yaml", "containerConcurrency:", "containerConcurency:", `unknown field "spec.template.spec.containerConcurency"`,
		},
		"a field in other letters": {
			"hello", "service.yaml", "containerConcurrency:", "containerconcurrency:", `unknown field "spec.template.spec.containerconcurrency"`,
		},
		"a field that stands twice": {
			"hello", "service.yaml", "      enableServiceLinks: false", "      enableServiceLinks: false\n      enableServiceLinks: true",
			`key "enableServiceLinks" already set`,
		},
		"an unknown kind": {
			"hello", "service.yaml", "kind: Service", "kind: Function", "no kind of ours: serving.knative.dev/v1 Function",
		},
		"a version that is not there yet": {
			"hello", "service.yaml", "serving.knative.dev/v1", "serving.knative.dev/v2", "no kind of ours: serving.knative.dev/v2 Service",
		},
		"an empty document": {
			"events", "broker.yaml", "---", "---\n# nothing\n---", "a document is empty",
		},
		"a name that is none": {
			"hello", "service.yaml", "name: hello", "name: Hello_1", "not a DNS 1035 label: [a DNS-1035 label must consist of",
		},
		"a wrong port name": {
			"stream", "service.yaml", "name: h2c", "name: http2", "Port name http2 is not allowed",
		},
		"a reserved port": {
			"stream", "service.yaml", "containerPort: 8080", "containerPort: 8012", "8012 is a reserved port",
		},
		"negative concurrency": {
			"hello", "service.yaml", "containerConcurrency: 100", "containerConcurrency: -1",
			"expected 0 <= -1 <= 1000: spec.template.spec.containerConcurrency",
		},
		"more concurrency than Knative has": {
			"stream", "service.yaml", "containerConcurrency: 1000", "containerConcurrency: 1001",
			"expected 0 <= 1001 <= 1000: spec.template.spec.containerConcurrency",
		},
		"no concurrency": {
			"hello", "service.yaml", "      containerConcurrency: 100\n", "", "containerConcurrency: expected one",
		},
		"more time than Knative has": {
			"stream", "service.yaml", "timeoutSeconds: 600", "timeoutSeconds: 601", "expected 0 <= 601 <= 600: spec.template.spec.timeoutSeconds",
		},
		"a first byte after the last": {
			"stream", "service.yaml", "responseStartTimeoutSeconds: 10", "responseStartTimeoutSeconds: 700",
			"responseStartTimeoutSeconds: expected at most timeoutSeconds",
		},
		"a reserved variable": {
			"hello", "service.yaml", "name: FUNC_BODY_LIMIT", "name: K_SERVICE", `"K_SERVICE" is a reserved environment variable`,
		},
		"a variable of the runtime contract": {
			"hello", "service.yaml", "name: FUNC_BODY_LIMIT", "name: PORT", `"PORT" is a reserved environment variable`,
		},
		"an exec probe": {
			"hello", "service.yaml", "httpGet:\n              path: /health/liveness", "exec:\n              command: [/bin/true]",
			"livenessProbe: there is nothing to execute in the image",
		},
		"a startup probe": {
			"hello", "service.yaml", "livenessProbe:", "startupProbe:\n            httpGet:\n              path: /\n          livenessProbe:",
			"startupProbe: it slows the cold start down",
		},
		"a probe of two kinds": {
			"hello", "service.yaml", "path: /health/liveness", "path: /health/liveness\n            tcpSocket: {}", "expected exactly one, got both",
		},
		"a probe of another path": {
			"hello", "service.yaml", "path: /health/readiness", "path: /healthz", "readinessProbe: expected httpGet of /health/readiness",
		},
		"a limit below its request": {
			"hello", "service.yaml", "memory: 64Mi", "memory: 8Mi", "resources.limits.memory: expected one, not below the request",
		},
		"an amount that is none": {
			"hello", "service.yaml", "memory: 64Mi", "memory: 64Mib", "quantities must match the regular expression",
		},
		"no limit": {
			"hello", "service.yaml", "              cpu: \"1\"\n", "", "resources.limits.cpu: expected one",
		},
		"a privileged container": {
			"hello", "service.yaml", "runAsNonRoot: true", "runAsNonRoot: true\n            privileged: true",
			"must not set the field(s): spec.template.spec.containers[0].securityContext.privileged",
		},
		"a root user": {
			"hello", "service.yaml", "runAsNonRoot: true", "runAsNonRoot: false", "securityContext.runAsNonRoot: expected true",
		},
		"a host's network": {
			"hello", "service.yaml", "enableServiceLinks: false", "hostNetwork: true", "must not set the field(s): spec.template.spec.hostNetwork",
		},
		"scales that cross": {
			"state", "service.yaml", `min-scale: "1"`, `min-scale: "2"`, "max-scale=1 is less than min-scale=2",
		},
		"a misspelt annotation of Knative": {
			"state", "service.yaml", "autoscaling.knative.dev/max-scale", "autoscaling.knative.dev/maximum",
			"annotations: there is no autoscaling.knative.dev/maximum",
		},
		"a volume that is not mounted": {
			"state", "service.yaml", "- name: secret\n              mountPath", "- name: secrets\n              mountPath",
			"volume with name \"secret\" not mounted",
		},
		"a mount over the root": {
			"state", "service.yaml", "mountPath: /etc/state/secret", "mountPath: /", "mountPath \"/\" is a reserved path",
		},
		"a Secret of another name": {
			"state", "secret.yaml", "name: state", "name: office", `volumes: secret: there is no "state" in namespace "default" of this folder`,
		},
		"a ConfigMap of another name": {
			"state", "configmap.yaml", "name: state", "name: office", `volumes: configMap: there is no "state" in namespace "default" of this folder`,
		},
		"a Secret without the key": {
			"get-emojis", "secret.yaml", "  SYNONYMS_URL:", "  SYNONYM_URL:", `env.SYNONYMS_URL: Secret "get-emojis" has no "SYNONYMS_URL"`,
		},
		"a ConfigMap without the key": {
			"state", "configmap.yaml", "  TICKETS:", "  TICKET:", `env.TICKETS: ConfigMap "state" has no "TICKETS"`,
		},
		"a number where the ConfigMap has text": {
			"state", "configmap.yaml", `"100"`, `100`, "cannot unmarshal number into Go struct field",
		},
		"a service account that is not there": {
			"get-emojis", "service.yaml", "serviceAccountName: get-emojis", "serviceAccountName: emojis",
			`serviceAccountName: there is no "emojis" in namespace "emojis"`,
		},
		"a namespace that is not there": {
			"get-emojis", "namespace.yaml", "name: emojis", "name: emoji", `metadata.namespace: there is no "emojis"`,
		},
		"a role that is not there": {
			"get-emojis", "role.yaml", "  name: get-emojis", "  name: reader", `roleRef: there is no "get-emojis"`,
		},
		"a binding for nobody here": {
			"get-emojis", "rolebinding.yaml", "- kind: ServiceAccount\n    name: get-emojis", "- kind: ServiceAccount\n    name: default",
			`subjects: there is no "default"`,
		},
		"a role for everything": {
			"get-emojis", "role.yaml", "verbs: [get, watch]", `verbs: ["*"]`, `rules: expected names, not ["*"]`,
		},
		"a variable from a ConfigMap that is not there": {
			"get-emojis", "configmap.yaml", "name: get-emojis", "name: emojis", `envFrom: there is no "get-emojis"`,
		},
		"a trigger without a type": {
			"events", "trigger.yaml", "type: order.placed", "source: /shop", "filter.attributes.type: expected one",
		},
		"an attribute that is none": {
			"events", "trigger.yaml", "type: order.placed", "type: order.placed\n      Order-Type: big", `invalid key name "Order-Type": spec.filter.attributes[Order-Type]`,
		},
		"a trigger of no broker": {
			"events", "trigger.yaml", "  broker: default\n", "", "missing field(s): spec.broker",
		},
		"a subscriber of another name": {
			"events", "trigger.yaml", "name: events\n", "name: event\n", `subscriber: there is no "event"`,
		},
		"a subscriber of another kind": {
			"events", "trigger.yaml", "kind: Service", "kind: Deployment", "subscriber.ref: there is no serving.knative.dev/v1 Deployment",
		},
		"a delay that is none": {
			"events", "trigger.yaml", "PT0.5S", "500ms", "invalid value: 500ms: spec.delivery.backoffDelay",
		},
		"a policy that is none": {
			"events", "trigger.yaml", "backoffPolicy: exponential", "backoffPolicy: square", "invalid value: square: spec.delivery.backoffPolicy",
		},
		"a field that is switched off": {
			"events", "trigger.yaml", "retry: 5", "retry: 5\n    retryAfterMax: PT60S", "must not set the field(s): spec.delivery.retryAfterMax",
		},
		"dead letters without a place": {
			"events", "trigger.yaml", "name: dead-letters", "name: lost", `delivery.deadLetterSink: there is no "lost"`,
		},
		"two places for dead letters": {
			"events", "trigger.yaml", "deadLetterSink:\n      ref:", "deadLetterSink:\n      uri: http://example.com\n      ref:",
			"Absolute URI is not allowed when Ref",
		},
		"a sink that is not there": {
			"events", "sinkbinding.yaml", "name: default", "name: other", `sink: there is no "other"`,
		},
		"a sink that is nothing": {
			"events", "sinkbinding.yaml", "kind: Broker", "kind: \"\"", "missing field(s): spec.sink.ref.kind",
		},
		"a job that is not of the Kubernetes kind": {
			"events", "jobsink.yaml", "backoffLimit: 3", "backoffLimits: 3", `unknown field "spec.job.spec.backoffLimits"`,
		},
		"a job that hides its exit code": {
			"events", "jobsink.yaml", "restartPolicy: Never", "restartPolicy: OnFailure", "restartPolicy: expected Never",
		},
		"a job that tries in vain": {
			"events", "jobsink.yaml", "values: [4]", "values: [5]", "podFailurePolicy: expected FailJob on exit code 4",
		},
		"a job with all rights": {
			"events", "jobsink.yaml", "drop: [ALL]", "add: [ALL]", "securityContext.capabilities: expected all to be dropped",
		},
		"a binding of another namespace": {
			"events", "sinkbinding.yaml", "kind: Service\n", "kind: Service\n    namespace: shop\n", "invalid value: shop: spec.subject.namespace",
		},
	} {
		t.Run(name, func(t *testing.T) {
			copied := maps.Clone(all[filepath.Join(repository, "examples", broken.example, "k8s")])
			text := copied[broken.file]
			copied[broken.file] = replaced(t, text, broken.from, broken.to)
			if err := copied.check(); err == nil || !strings.Contains(err.Error(), broken.fault) {
				t.Errorf("expected a fault with\n%s\ngot\n%v", broken.fault, err)
			}
		})
	}
}
