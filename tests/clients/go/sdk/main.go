// What users do with AWS's SDK for Go: repositories in pages, layers, an image, an exception by its class, a login.
package main

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"log"
	"os"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecr"
	"github.com/aws/aws-sdk-go-v2/service/ecr/types"
)

func must[T any](value T, err error) T {
	if err != nil {
		log.Fatal(err)
	}
	return value
}

func put(ctx context.Context, client *ecr.Client, name *string, path string) string {
	data := must(os.ReadFile(path))
	upload := must(client.InitiateLayerUpload(ctx, &ecr.InitiateLayerUploadInput{RepositoryName: name})).UploadId
	must(client.UploadLayerPart(ctx, &ecr.UploadLayerPartInput{
		RepositoryName: name, UploadId: upload, LayerPartBlob: data,
		PartFirstByte: aws.Int64(0), PartLastByte: aws.Int64(int64(len(data) - 1)),
	}))
	parts := strings.Split(path, "/")
	return *must(client.CompleteLayerUpload(ctx, &ecr.CompleteLayerUploadInput{
		RepositoryName: name, UploadId: upload, LayerDigests: []string{"sha256:" + parts[len(parts)-1]},
	})).LayerDigest
}

func main() {
	ctx := context.Background()
	endpoint, manifest, blobs := os.Args[1], os.Args[2], os.Args[3:]
	client := ecr.New(ecr.Options{
		Region:       "us-east-1",
		BaseEndpoint: &endpoint,
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{AccessKeyID: "test", SecretAccessKey: "test"}, nil
		}),
	})
	for _, name := range []string{"sdk/a", "sdk/b", "sdk/c"} {
		must(client.CreateRepository(ctx, &ecr.CreateRepositoryInput{RepositoryName: &name}))
	}
	pages := ecr.NewDescribeRepositoriesPaginator(client, &ecr.DescribeRepositoriesInput{MaxResults: aws.Int32(2)})
	for pages.HasMorePages() {
		fmt.Print("page")
		for _, repository := range must(pages.NextPage(ctx)).Repositories {
			fmt.Print(" ", *repository.RepositoryName)
		}
		fmt.Println()
	}
	name := aws.String("sdk/a")
	for _, path := range blobs {
		fmt.Println("layer", put(ctx, client, name, path))
	}
	text := string(must(os.ReadFile(manifest)))
	image := must(client.PutImage(ctx, &ecr.PutImageInput{RepositoryName: name, ImageManifest: &text, ImageTag: aws.String("v1")}))
	fmt.Println("image", *image.Image.ImageId.ImageDigest)
	_, err := client.CreateRepository(ctx, &ecr.CreateRepositoryInput{RepositoryName: name})
	var exists *types.RepositoryAlreadyExistsException
	if !errors.As(err, &exists) {
		log.Fatal("not the exception: ", err)
	}
	fmt.Println("refused", exists.ErrorMessage())
	token := must(client.GetAuthorizationToken(ctx, &ecr.GetAuthorizationTokenInput{})).AuthorizationData[0].AuthorizationToken
	user, _, _ := strings.Cut(string(must(base64.StdEncoding.DecodeString(*token))), ":")
	fmt.Println("user", user)
}
