package tools

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"

	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	yamlutil "k8s.io/apimachinery/pkg/util/yaml"
	eventingv1 "knative.dev/eventing/pkg/apis/eventing/v1"
	sourcesv1 "knative.dev/eventing/pkg/apis/sources/v1"
	servingv1 "knative.dev/serving/pkg/apis/serving/v1"
	"sigs.k8s.io/json"
	"sigs.k8s.io/yaml"
)

// The kinds that our manifests may hold, each with the type of those who define it.
var kinds = map[string]func() metav1.Object{
	"v1 ConfigMap":                             func() metav1.Object { return &corev1.ConfigMap{} },
	"v1 Namespace":                             func() metav1.Object { return &corev1.Namespace{} },
	"v1 Secret":                                func() metav1.Object { return &corev1.Secret{} },
	"v1 ServiceAccount":                        func() metav1.Object { return &corev1.ServiceAccount{} },
	"rbac.authorization.k8s.io/v1 Role":        func() metav1.Object { return &rbacv1.Role{} },
	"rbac.authorization.k8s.io/v1 RoleBinding": func() metav1.Object { return &rbacv1.RoleBinding{} },
	"serving.knative.dev/v1 Service":           func() metav1.Object { return &servingv1.Service{} },
	"eventing.knative.dev/v1 Broker":           func() metav1.Object { return &eventingv1.Broker{} },
	"eventing.knative.dev/v1 Trigger":          func() metav1.Object { return &eventingv1.Trigger{} },
	"sinks.knative.dev/v1alpha1 JobSink":       func() metav1.Object { return &jobSink{} },
	"sources.knative.dev/v1 SinkBinding":       func() metav1.Object { return &sourcesv1.SinkBinding{} },
}

// Reads all documents of a manifest. Fields that their types do not have, in this very spelling, and fields that stand twice are errors.
func decode(manifest string) ([]metav1.Object, error) {
	var objects []metav1.Object
	documents := yamlutil.NewYAMLReader(bufio.NewReader(strings.NewReader(manifest)))
	for {
		document, err := documents.Read()
		if errors.Is(err, io.EOF) {
			return objects, nil
		}
		if err != nil {
			return nil, err
		}
		object, err := decodeOne(document)
		if err != nil {
			return nil, err
		}
		objects = append(objects, object)
	}
}

func decodeOne(document []byte) (metav1.Object, error) {
	text, err := yaml.YAMLToJSONStrict(document)
	if err != nil {
		return nil, err
	}
	if bytes.Equal(text, []byte("null")) {
		return nil, errors.New("a document is empty")
	}
	var kind metav1.TypeMeta
	if err := json.UnmarshalCaseSensitivePreserveInts(text, &kind); err != nil {
		return nil, err
	}
	name := kind.APIVersion + " " + kind.Kind
	make, known := kinds[name]
	if !known {
		return nil, fmt.Errorf("no kind of ours: %s", name)
	}
	object := make()
	faults, err := json.UnmarshalStrict(text, object)
	if err := errors.Join(append(faults, err)...); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	if object.GetNamespace() == "" && kind.Kind != "Namespace" {
		// As kubectl does.
		object.SetNamespace(metav1.NamespaceDefault)
	}
	return object, nil
}
