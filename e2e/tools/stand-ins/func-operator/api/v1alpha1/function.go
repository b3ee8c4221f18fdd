// Package v1alpha1 stands in for the types of the func-operator, which `func deploy` tells of a deployed function. The tests
// of e2e/ have no cluster to deploy to, so nothing here is ever sent: who gets that far is told so.
package v1alpha1

import (
	"errors"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// GroupVersion is what func asks a cluster for.
var GroupVersion = schema.GroupVersion{Group: "functions.dev", Version: "v1alpha1"}

// AddToScheme refuses: this build of func cannot talk to a func-operator.
func AddToScheme(*runtime.Scheme) error {
	return errors.New("this build of func is for tests without a cluster: it has no func-operator")
}

// Function is a deployed function.
type Function struct {
	metav1.TypeMeta
	metav1.ObjectMeta
	Spec   FunctionSpec
	Status FunctionStatus
}

// FunctionSpec says where a function's code and image are.
type FunctionSpec struct {
	Repository FunctionSpecRepository
	Registry   FunctionSpecRegistry
}

// FunctionSpecRepository says where a function's code is.
type FunctionSpecRepository struct{ URL, Branch, Path string }

// FunctionSpecRegistry says how a function's registry is entered.
type FunctionSpecRegistry struct{ AuthSecretRef *corev1.LocalObjectReference }

// FunctionStatus says what became of a function.
type FunctionStatus struct{ Name string }

// FunctionList is a list of functions.
type FunctionList struct {
	metav1.TypeMeta
	metav1.ListMeta
	Items []Function
}

// DeepCopyObject makes a Function an object of Kubernetes.
func (f *Function) DeepCopyObject() runtime.Object {
	copied := *f
	return &copied
}

// DeepCopyObject makes a FunctionList an object of Kubernetes.
func (l *FunctionList) DeepCopyObject() runtime.Object {
	copied := *l
	return &copied
}
