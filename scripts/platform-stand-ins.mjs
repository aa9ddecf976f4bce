import { cpSync, existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { PROJECT } from "./run.mjs";
import { say } from "./say.mjs";

/** Does nothing until it is ended: the process that holds a pod's network. */
const PAUSE = `package main

import (
	"os"
	"os/signal"
	"syscall"
)

func main() {
	end := make(chan os.Signal, 1)
	signal.Notify(end, syscall.SIGINT, syscall.SIGTERM)
	<-end
}
`;

/**
 * Writes the images that a node runs, under the names that the manifests have, as one OCI layout. The app's is
 * the real one; the others, which come from registries, are stood in for: Debian's Redis and nginx, oauth2-proxy
 * from its sources, and the tests' model server for TGI.
 * @param buildah Buildah's own words, and how to make a Debian tree and a layer: see platform-image.mjs.
 * @returns the layout's folder.
 */
export async function writeStandIns({ folder, programs, compile, buildah, image, base }) {
  const { within, tree, layer } = buildah;
  say("Making the images that a node runs (buildah) …");
  const pause = join(folder, "pause-1");
  if (!existsSync(join(pause, "pause"))) {
    mkdirSync(pause, { recursive: true });
    writeFileSync(join(pause, "main.go"), PAUSE);
    await compile(join(pause, "main.go"), join(pause, "pause"));
  }
  const model = join(folder, "model-server");
  rmSync(model, { recursive: true, force: true });
  cpSync(join(PROJECT, "test"), join(model, "test"), { recursive: true });
  const services = await tree("services", ["redis-server", "nginx-light"]);
  const bare = ["--user", "65532:65532"];

  const images = {
    "docker.io/library/chatbot:0.1.0": image,
    "localhost/pause:1": await layer("scratch", [[join(pause, "pause"), "/pause"]], "pause", [
      ...["--entrypoint", '["/pause"]', ...bare],
    ]),
    "docker.io/library/redis:7.4.2-alpine": await layer("scratch", [[services, "/"]], "redis"),
    "docker.io/nginxinc/nginx-unprivileged:1.28-alpine": await layer(
      "scratch",
      [[services, "/"]],
      "nginx",
      ["--cmd", "/usr/sbin/nginx -g 'daemon off;'", "--user", "101:101"],
    ),
    "quay.io/oauth2-proxy/oauth2-proxy:v7.15.3": await layer(
      "scratch",
      [[programs["oauth2-proxy"], "/bin/oauth2-proxy"]],
      "oauth2-proxy",
      ["--entrypoint", '["/bin/oauth2-proxy"]', ...bare],
    ),
    "ghcr.io/huggingface/text-generation-inference:3.3.5": await layer(
      base,
      [[model, "/srv"]],
      "model-server",
      [
        ...["--entrypoint", '["/usr/local/bin/node", "/srv/test/platform/node/model-pod.ts"]'],
        ...["--user", "1000:1000"],
      ],
    ),
  };
  const layout = join(PROJECT, ".data", "platform-images");
  rmSync(layout, { recursive: true, force: true });
  mkdirSync(layout, { recursive: true });
  for (const [name, source] of Object.entries(images)) {
    const target = `oci:${layout}:${name}`;
    await within(`${name} could not be written`, "push", "--disable-compression", source, target);
  }
  return layout;
}
