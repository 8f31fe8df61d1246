import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.ecr.EcrClient;
import software.amazon.awssdk.services.ecr.model.RepositoryAlreadyExistsException;

/** What users do with AWS's SDK for Java: repositories in pages, layers, an image, an exception by its class, a login. */
public class Sdk {
  public static void main(String[] arguments) throws IOException {
    try (EcrClient client =
        EcrClient.builder()
            .endpointOverride(URI.create(arguments[0]))
            .region(Region.US_EAST_1)
            .credentialsProvider(StaticCredentialsProvider.create(AwsBasicCredentials.create("test", "test")))
            .httpClient(UrlConnectionHttpClient.create())
            .build()) {
      play(client, Path.of(arguments[1]), Arrays.asList(arguments).subList(2, arguments.length));
    }
  }

  static void play(EcrClient client, Path manifest, List<String> blobs) throws IOException {
    for (String name : List.of("sdk/a", "sdk/b", "sdk/c")) {
      client.createRepository(r -> r.repositoryName(name));
    }
    client
        .describeRepositoriesPaginator(r -> r.maxResults(2))
        .forEach(
            page -> {
              System.out.print("page");
              page.repositories().forEach(repository -> System.out.print(" " + repository.repositoryName()));
              System.out.println();
            });
    for (String blob : blobs) {
      System.out.println("layer " + put(client, Path.of(blob)));
    }
    String text = Files.readString(manifest);
    var image = client.putImage(r -> r.repositoryName("sdk/a").imageManifest(text).imageTag("v1")).image();
    System.out.println("image " + image.imageId().imageDigest());
    try {
      client.createRepository(r -> r.repositoryName("sdk/a"));
    } catch (RepositoryAlreadyExistsException refused) {
      System.out.println("refused " + refused.awsErrorDetails().errorMessage());
    }
    String token = client.getAuthorizationToken().authorizationData().get(0).authorizationToken();
    System.out.println("user " + new String(Base64.getDecoder().decode(token)).split(":")[0]);
  }

  static String put(EcrClient client, Path path) throws IOException {
    byte[] data = Files.readAllBytes(path);
    String upload = client.initiateLayerUpload(r -> r.repositoryName("sdk/a")).uploadId();
    client.uploadLayerPart(
        r ->
            r.repositoryName("sdk/a")
                .uploadId(upload)
                .partFirstByte(0L)
                .partLastByte(data.length - 1L)
                .layerPartBlob(SdkBytes.fromByteArray(data)));
    String digest = "sha256:" + path.getFileName();
    return client
        .completeLayerUpload(r -> r.repositoryName("sdk/a").uploadId(upload).layerDigests(digest))
        .layerDigest();
  }
}
