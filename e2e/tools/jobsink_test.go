package tools

import (
	"slices"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// A JobSink as Knative defines it. Its own type brings Kubernetes' whole client along, which asks a cluster whether the Job is a good one;
// so what the cluster would say of it is among our rules.
type jobSink struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata,omitempty"`
	Spec              struct {
		Job *batchv1.Job `json:"job,omitempty"`
	} `json:"spec,omitempty"`
}

func (f *faults) jobSink(sink *jobSink) {
	if sink.Spec.Job == nil {
		f.say("job: expected one")
		return
	}
	job := sink.Spec.Job.Spec
	pod := job.Template.Spec
	f.expect(pod.RestartPolicy == corev1.RestartPolicyNever, "restartPolicy: expected Never, so that the Job sees the exit code")
	f.expect(job.BackoffLimit != nil, "backoffLimit: expected one")
	refused := func(rule batchv1.PodFailurePolicyRule) bool {
		codes := rule.OnExitCodes
		return rule.Action == batchv1.PodFailurePolicyActionFailJob && codes != nil &&
			codes.Operator == batchv1.PodFailurePolicyOnExitCodesOpIn && slices.Contains(codes.Values, 4)
	}
	f.expect(job.PodFailurePolicy != nil && slices.ContainsFunc(job.PodFailurePolicy.Rules, refused),
		"podFailurePolicy: expected FailJob on exit code 4, which another try does not change")
	if len(pod.Containers) != 1 {
		f.say("containers: expected one")
		return
	}
	container := pod.Containers[0]
	f.expect(container.Name != "" && container.Image != "", "containers: expected a name and an image")
	f.environment(sink.Namespace, container)
	f.resources(container)
	f.security(container.SecurityContext)
}
