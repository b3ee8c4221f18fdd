package tools

import (
	"errors"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/sets"
	functions "knative.dev/func/pkg/functions"
	"knative.dev/func/pkg/k8s"
	"knative.dev/serving/pkg/apis/autoscaling"
	servingv1 "knative.dev/serving/pkg/apis/serving/v1"
)

// Where a Service differs from the one that func would make of a func.yaml, in all that a func.yaml can say.
func differences(function functions.Function, service *servingv1.Service) error {
	var found []error
	same := func(what string, written, applied any) {
		if written, applied := fmt.Sprint(written), fmt.Sprint(applied); written != applied {
			found = append(found, fmt.Errorf("%s: %s in func.yaml, %s in k8s/service.yaml", what, written, applied))
		}
	}
	spec := service.Spec.Template.Spec
	container := spec.Containers[0]
	namespace := function.Namespace
	if namespace == "" {
		namespace = metav1.NamespaceDefault
	}
	same("name", function.Name, service.Name)
	same("namespace", namespace, service.Namespace)
	same("service account", function.Deploy.ServiceAccountName, spec.ServiceAccountName)
	same("liveness", function.Deploy.HealthEndpoints.Liveness, container.LivenessProbe.HTTPGet.Path)
	same("readiness", function.Deploy.HealthEndpoints.Readiness, container.ReadinessProbe.HTTPGet.Path)

	options := function.Deploy.Options
	if options.Scale == nil || options.Resources == nil || options.Resources.Requests == nil || options.Resources.Limits == nil {
		return errors.New("func.yaml: expected scale and resources")
	}
	requests, limits := options.Resources.Requests, options.Resources.Limits
	same("concurrency", value(limits.Concurrency), value(spec.ContainerConcurrency))
	same("requested CPU", value(requests.CPU), container.Resources.Requests.Cpu())
	same("requested memory", value(requests.Memory), container.Resources.Requests.Memory())
	same("limit of CPU", value(limits.CPU), container.Resources.Limits.Cpu())
	same("limit of memory", value(limits.Memory), container.Resources.Limits.Memory())
	annotations := service.Spec.Template.Annotations
	same("scale.min", value(options.Scale.Min), annotations[autoscaling.MinScaleAnnotationKey])
	same("scale.max", value(options.Scale.Max), annotations[autoscaling.MaxScaleAnnotationKey])

	// What they refer to is looked up in the folder of the manifests.
	none := func() *sets.Set[string] { return &sets.Set[string]{} }
	variables, sources, err := k8s.ProcessEnvs(function.Run.Envs, none(), none())
	if err != nil {
		return err
	}
	// func adds them by itself.
	variables = slices.DeleteFunc(variables, func(variable corev1.EnvVar) bool {
		return variable.Name == "BUILT" || variable.Name == "ADDRESS"
	})
	same("variables", environment(variables, sources), environment(container.Env, container.EnvFrom))
	volumes, mounts, err := k8s.ProcessVolumes(function.Run.Volumes, none(), none(), none())
	if err != nil {
		return err
	}
	same("files", mounted(volumes, mounts), mounted(spec.Volumes, container.VolumeMounts))
	return errors.Join(found...)
}

func value[T any](pointer *T) string {
	if pointer == nil {
		return "none"
	}
	return fmt.Sprint(*pointer)
}

// Variables in the order of their names, after the sources in their own order, in which the last one wins.
func environment(variables []corev1.EnvVar, sources []corev1.EnvFromSource) []string {
	var all, named []string
	for _, source := range sources {
		all = append(all, source.String())
	}
	for _, variable := range variables {
		if variable.ValueFrom == nil {
			named = append(named, variable.Name+"="+variable.Value)
		} else {
			named = append(named, variable.Name+"="+variable.ValueFrom.String())
		}
	}
	slices.Sort(named)
	return append(all, named...)
}

// What is mounted where. The names of volumes mean nothing to a function.
func mounted(volumes []corev1.Volume, mounts []corev1.VolumeMount) []string {
	sources := map[string]string{}
	for _, volume := range volumes {
		sources[volume.Name] = volume.VolumeSource.String()
	}
	places := map[string]string{}
	for _, mount := range mounts {
		places[path.Clean(mount.MountPath)] = strings.TrimSpace(mount.SubPath + " " + sources[mount.Name])
	}
	var all []string
	for _, place := range slices.Sorted(maps.Keys(places)) {
		all = append(all, place+": "+places[place])
	}
	return all
}
