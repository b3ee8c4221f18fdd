package tools

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	eventing "knative.dev/eventing/pkg/apis/config"
	"knative.dev/eventing/pkg/apis/feature"
	"knative.dev/pkg/apis"
	serving "knative.dev/serving/pkg/apis/config"
	"sigs.k8s.io/yaml"
)

// What Knative's webhooks do with an object that is created: they fill in its defaults, then they take or refuse it.
func admit(object metav1.Object) error {
	ctx, err := webhook()
	if err != nil {
		return err
	}
	if object, ok := object.(apis.Defaultable); ok {
		object.SetDefaults(ctx)
	}
	if object, ok := object.(apis.Validatable); ok {
		if err := object.Validate(ctx).Filter(apis.ErrorLevel); err != nil {
			return err
		}
	}
	return nil
}

// The context of a webhook, with the configuration that Knative is installed with.
var webhook = sync.OnceValues(func() (context.Context, error) {
	brokers, err := shipped("knative.dev/eventing", "config/core/configmaps/default-broker.yaml")
	if err != nil {
		return nil, err
	}
	defaults, err := eventing.NewDefaultsConfigFromMap(brokers)
	if err != nil {
		return nil, err
	}
	flags, err := shipped("knative.dev/eventing", "config/core/configmaps/features.yaml")
	if err != nil {
		return nil, err
	}
	features, err := feature.NewFlagsConfigFromMap(flags)
	if err != nil {
		return nil, err
	}
	ctx := apis.WithinCreate(context.Background())
	ctx = eventing.ToContext(ctx, &eventing.Config{Defaults: defaults})
	ctx = feature.ToContext(ctx, features)
	return serving.ToContext(ctx, serving.FromContextOrDefaults(ctx)), nil
})

// The data of a ConfigMap that a module ships.
func shipped(module, file string) (map[string]string, error) {
	folder, err := source(module)
	if err != nil {
		return nil, err
	}
	text, err := os.ReadFile(filepath.Join(folder, file))
	if err != nil {
		return nil, err
	}
	var shipped corev1.ConfigMap
	if err := yaml.Unmarshal(text, &shipped); err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	return shipped.Data, nil
}

// The folder that holds the source of a module.
func source(module string) (string, error) {
	output, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", module).Output()
	if err != nil {
		return "", fmt.Errorf("where is %s: %w", module, err)
	}
	return strings.TrimSpace(string(output)), nil
}
