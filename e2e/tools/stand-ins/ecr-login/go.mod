module github.com/awslabs/amazon-ecr-credential-helper/ecr-login

go 1.26.0

require github.com/docker/docker-credential-helpers v0.9.6
