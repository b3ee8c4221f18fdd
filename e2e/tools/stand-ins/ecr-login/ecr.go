// Package ecr stands in for the log-in to AWS's container registry, to which the tests of e2e/ push nothing: it knows nobody.
package ecr

import (
	"context"
	"errors"
	"io"

	"github.com/docker/docker-credential-helpers/credentials"
)

var errAbsent = errors.New("this build of func is for tests without a registry: it has no log-in to AWS's")

// Option is how a helper is to work.
type Option func()

// WithLogger takes where to log to.
func WithLogger(io.Writer) Option { return func() {} }

// WithContext takes what ends the log-in.
func WithContext(context.Context) Option { return func() {} }

// ECRHelper has no credentials.
type ECRHelper struct{}

// NewECRHelper makes a helper.
func NewECRHelper(...Option) *ECRHelper { return &ECRHelper{} }

// Get has none.
func (*ECRHelper) Get(string) (user, secret string, err error) { return "", "", errAbsent }

// Add takes none.
func (*ECRHelper) Add(*credentials.Credentials) error { return errAbsent }

// Delete has none to forget.
func (*ECRHelper) Delete(string) error { return errAbsent }

// List has none.
func (*ECRHelper) List() (map[string]string, error) { return nil, errAbsent }
