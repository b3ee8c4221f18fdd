package tools

import (
	"errors"
	"fmt"
	"slices"

	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/validation"
	eventingv1 "knative.dev/eventing/pkg/apis/eventing/v1"
	sourcesv1 "knative.dev/eventing/pkg/apis/sources/v1"
	duckv1 "knative.dev/pkg/apis/duck/v1"
	"knative.dev/serving/pkg/apis/autoscaling"
	servingv1 "knative.dev/serving/pkg/apis/serving/v1"
)

// The objects of one folder, which are applied together.
type folder []metav1.Object

// Collects what is wrong with an object.
type faults struct {
	folder folder
	found  []error
}

func (f *faults) say(format string, arguments ...any) {
	f.found = append(f.found, fmt.Errorf(format, arguments...))
}

func (f *faults) expect(holds bool, format string, arguments ...any) {
	if !holds {
		f.say(format, arguments...)
	}
}

// Finds an object by its type, which decides its kind, and its name.
func find[T metav1.Object](folder folder, namespace, name string) (T, bool) {
	for _, object := range folder {
		if object, ok := object.(T); ok && object.GetName() == name && object.GetNamespace() == namespace {
			return object, true
		}
	}
	var none T
	return none, false
}

func refer[T metav1.Object](f *faults, what, namespace, name string) {
	_, found := find[T](f.folder, namespace, name)
	f.expect(found, "%s: there is no %q in namespace %q of this folder", what, name, namespace)
}

// What we ask of our manifests beyond what Knative does. It is asked before Knative fills in defaults.
func (folder folder) check(object metav1.Object) error {
	f := faults{folder: folder}
	for _, fault := range validation.IsDNS1123Subdomain(object.GetName()) {
		f.say("metadata.name: %s", fault)
	}
	if namespace := object.GetNamespace(); namespace != "" && namespace != metav1.NamespaceDefault {
		refer[*corev1.Namespace](&f, "metadata.namespace", "", namespace)
	}
	switch object := object.(type) {
	case *servingv1.Service:
		f.service(object)
	case *eventingv1.Trigger:
		f.trigger(object)
	case *sourcesv1.SinkBinding:
		f.sinkBinding(object)
	case *jobSink:
		f.jobSink(object)
	case *rbacv1.Role:
		f.role(object)
	case *rbacv1.RoleBinding:
		f.roleBinding(object)
	case *corev1.ConfigMap:
		f.keys("data", object.Data)
	case *corev1.Secret:
		f.expect(len(object.Data) == 0, "data: expected stringData, which one can read")
		f.keys("stringData", object.StringData)
	}
	return errors.Join(f.found...)
}

func (f *faults) keys(field string, data map[string]string) {
	for key := range data {
		for _, fault := range validation.IsConfigMapKey(key) {
			f.say("%s.%s: %s", field, key, fault)
		}
	}
}

// What Knative reads of a revision, and those by which many let Prometheus find what to scrape.
var annotations = []string{
	autoscaling.MinScaleAnnotationKey, autoscaling.MaxScaleAnnotationKey,
	"prometheus.io/scrape", "prometheus.io/port", "prometheus.io/path",
}

func (f *faults) service(service *servingv1.Service) {
	spec := service.Spec.Template.Spec
	f.expect(spec.ContainerConcurrency != nil, "containerConcurrency: expected one")
	if start, whole := spec.ResponseStartTimeoutSeconds, spec.TimeoutSeconds; start != nil {
		f.expect(whole != nil && *start <= *whole, "responseStartTimeoutSeconds: expected at most timeoutSeconds")
	}
	// Knative takes what it does not know.
	for annotation := range service.Spec.Template.Annotations {
		f.expect(slices.Contains(annotations, annotation), "annotations: there is no %s", annotation)
	}
	if spec.ServiceAccountName != "" {
		refer[*corev1.ServiceAccount](f, "serviceAccountName", service.Namespace, spec.ServiceAccountName)
	}
	for _, volume := range spec.Volumes {
		if secret := volume.Secret; secret != nil && !is(secret.Optional) {
			refer[*corev1.Secret](f, "volumes: secret", service.Namespace, secret.SecretName)
		}
		if config := volume.ConfigMap; config != nil && !is(config.Optional) {
			refer[*corev1.ConfigMap](f, "volumes: configMap", service.Namespace, config.Name)
		}
	}
	if len(spec.Containers) != 1 {
		f.say("containers: expected one")
		return
	}
	container := spec.Containers[0]
	f.environment(service.Namespace, container)
	f.expect(container.StartupProbe == nil, "startupProbe: it slows the cold start down")
	f.probe("readinessProbe", container.ReadinessProbe, "/health/readiness")
	f.probe("livenessProbe", container.LivenessProbe, "/health/liveness")
	f.resources(container)
	f.security(container.SecurityContext)
}

func (f *faults) resources(container corev1.Container) {
	for _, resource := range []corev1.ResourceName{corev1.ResourceCPU, corev1.ResourceMemory} {
		request, requested := container.Resources.Requests[resource]
		limit, limited := container.Resources.Limits[resource]
		f.expect(requested && !request.IsZero(), "resources.requests.%s: expected one", resource)
		f.expect(limited && request.Cmp(limit) <= 0, "resources.limits.%s: expected one, not below the request", resource)
	}
}

// The pod security standard `restricted`, and a root file system that nobody writes.
func (f *faults) security(context *corev1.SecurityContext) {
	if context == nil {
		f.say("securityContext: expected one")
		return
	}
	f.expect(is(context.RunAsNonRoot), "securityContext.runAsNonRoot: expected true")
	f.expect(is(context.ReadOnlyRootFilesystem), "securityContext.readOnlyRootFilesystem: expected true")
	f.expect(context.AllowPrivilegeEscalation != nil && !*context.AllowPrivilegeEscalation,
		"securityContext.allowPrivilegeEscalation: expected false")
	f.expect(context.Capabilities != nil && slices.Contains(context.Capabilities.Drop, "ALL") && len(context.Capabilities.Add) == 0,
		"securityContext.capabilities: expected all to be dropped")
	f.expect(context.SeccompProfile != nil && context.SeccompProfile.Type == corev1.SeccompProfileTypeRuntimeDefault,
		"securityContext.seccompProfile: expected RuntimeDefault")
}

func (f *faults) environment(namespace string, container corev1.Container) {
	for _, from := range container.EnvFrom {
		if config := from.ConfigMapRef; config != nil && !is(config.Optional) {
			refer[*corev1.ConfigMap](f, "envFrom", namespace, config.Name)
		}
		if secret := from.SecretRef; secret != nil && !is(secret.Optional) {
			refer[*corev1.Secret](f, "envFrom", namespace, secret.Name)
		}
	}
	for _, variable := range container.Env {
		if variable.ValueFrom == nil {
			continue
		}
		if key := variable.ValueFrom.ConfigMapKeyRef; key != nil {
			config, found := find[*corev1.ConfigMap](f.folder, namespace, key.Name)
			f.expect(found, "env.%s: there is no ConfigMap %q in namespace %q of this folder", variable.Name, key.Name, namespace)
			if found && !is(key.Optional) {
				_, found = config.Data[key.Key]
				f.expect(found, "env.%s: ConfigMap %q has no %q", variable.Name, key.Name, key.Key)
			}
		}
		if key := variable.ValueFrom.SecretKeyRef; key != nil {
			secret, found := find[*corev1.Secret](f.folder, namespace, key.Name)
			f.expect(found, "env.%s: there is no Secret %q in namespace %q of this folder", variable.Name, key.Name, namespace)
			if found && !is(key.Optional) {
				_, found = secret.StringData[key.Key]
				f.expect(found, "env.%s: Secret %q has no %q", variable.Name, key.Name, key.Key)
			}
		}
	}
}

func (f *faults) probe(field string, probe *corev1.Probe, path string) {
	if probe == nil {
		f.say("%s: expected one", field)
		return
	}
	f.expect(probe.Exec == nil, "%s: there is nothing to execute in the image", field)
	f.expect(probe.HTTPGet != nil && probe.HTTPGet.Path == path, "%s: expected httpGet of %s", field, path)
}

func (f *faults) trigger(trigger *eventingv1.Trigger) {
	refer[*eventingv1.Broker](f, "broker", trigger.Namespace, trigger.Spec.Broker)
	f.expect(trigger.Spec.Filter != nil && trigger.Spec.Filter.Attributes["type"] != "",
		"filter.attributes.type: expected one, or replies come round again")
	f.destination("subscriber", trigger.Namespace, trigger.Spec.Subscriber)
	if delivery := trigger.Spec.Delivery; delivery == nil || delivery.DeadLetterSink == nil {
		f.say("delivery.deadLetterSink: expected one")
	} else {
		f.destination("delivery.deadLetterSink", trigger.Namespace, *delivery.DeadLetterSink)
	}
}

func (f *faults) sinkBinding(binding *sourcesv1.SinkBinding) {
	subject := binding.Spec.Subject
	f.expect(subject.APIVersion == "serving.knative.dev/v1" && subject.Kind == "Service", "subject: expected a Service of Knative")
	refer[*servingv1.Service](f, "subject", binding.Namespace, subject.Name)
	f.destination("sink", binding.Namespace, binding.Spec.Sink)
}

func (f *faults) destination(field, namespace string, destination duckv1.Destination) {
	if destination.Ref == nil {
		f.say("%s.ref: expected one", field)
		return
	}
	switch ref := destination.Ref; ref.APIVersion + " " + ref.Kind {
	case "serving.knative.dev/v1 Service":
		refer[*servingv1.Service](f, field, namespace, ref.Name)
	case "eventing.knative.dev/v1 Broker":
		refer[*eventingv1.Broker](f, field, namespace, ref.Name)
	default:
		f.say("%s.ref: there is no %s %s", field, ref.APIVersion, ref.Kind)
	}
}

func (f *faults) role(role *rbacv1.Role) {
	for _, rule := range role.Rules {
		for _, list := range [][]string{rule.Verbs, rule.Resources, rule.APIGroups} {
			f.expect(len(list) > 0 && !slices.Contains(list, "*"), "rules: expected names, not %q", list)
		}
		f.expect(len(rule.ResourceNames) > 0, "rules: expected resourceNames")
		for _, name := range rule.ResourceNames {
			for _, resource := range rule.Resources {
				switch resource {
				case "configmaps":
					refer[*corev1.ConfigMap](f, "rules", role.Namespace, name)
				case "secrets":
					refer[*corev1.Secret](f, "rules", role.Namespace, name)
				default:
					f.say("rules: there are no %s in this folder", resource)
				}
			}
		}
	}
}

func (f *faults) roleBinding(binding *rbacv1.RoleBinding) {
	role := binding.RoleRef
	f.expect(role.APIGroup == rbacv1.GroupName && role.Kind == "Role", "roleRef: expected a Role")
	refer[*rbacv1.Role](f, "roleRef", binding.Namespace, role.Name)
	f.expect(len(binding.Subjects) > 0, "subjects: expected one")
	for _, subject := range binding.Subjects {
		f.expect(subject.APIGroup == "" && subject.Kind == "ServiceAccount", "subjects: expected a ServiceAccount")
		refer[*corev1.ServiceAccount](f, "subjects", subject.Namespace, subject.Name)
	}
}

func is(flag *bool) bool {
	return flag != nil && *flag
}
