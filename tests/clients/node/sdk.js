// What users do with AWS's SDK for JavaScript: repositories in pages, layers, an image, an exception by its class, a login.
const { readFileSync } = require("node:fs");
const { basename } = require("node:path");
const { ECR, RepositoryAlreadyExistsException, paginateDescribeRepositories } = require("@aws-sdk/client-ecr");

const [endpoint, manifest, ...blobs] = process.argv.slice(2);
const repositoryName = "sdk/a";

async function put(client, path) {
  const layerPartBlob = readFileSync(path);
  const { uploadId } = await client.initiateLayerUpload({ repositoryName });
  const range = { partFirstByte: 0, partLastByte: layerPartBlob.length - 1 };
  await client.uploadLayerPart({ repositoryName, uploadId, layerPartBlob, ...range });
  const layerDigests = [`sha256:${basename(path)}`];
  return (await client.completeLayerUpload({ repositoryName, uploadId, layerDigests })).layerDigest;
}

async function main() {
  const credentials = { accessKeyId: "test", secretAccessKey: "test" };
  const client = new ECR({ endpoint, region: "us-east-1", credentials });
  for (const name of [repositoryName, "sdk/b", "sdk/c"]) await client.createRepository({ repositoryName: name });
  for await (const page of paginateDescribeRepositories({ client }, { maxResults: 2 })) {
    console.log("page", ...page.repositories.map((repository) => repository.repositoryName));
  }
  for (const path of blobs) console.log("layer", await put(client, path));
  const imageManifest = readFileSync(manifest, "utf8");
  const { image } = await client.putImage({ repositoryName, imageManifest, imageTag: "v1" });
  console.log("image", image.imageId.imageDigest);
  try {
    await client.createRepository({ repositoryName });
  } catch (error) {
    if (!(error instanceof RepositoryAlreadyExistsException)) throw error;
    console.log("refused", error.message);
  }
  const [{ authorizationToken }] = (await client.getAuthorizationToken({})).authorizationData;
  console.log("user", Buffer.from(authorizationToken, "base64").toString().split(":")[0]);
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
