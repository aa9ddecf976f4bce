import { cpSync, existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
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
export async function writeStandIns({ folder, staged, programs, compile, buildah, image, base }) {
  const { within, tree, layer } = buildah;
  say("Making the images that a node runs (buildah) …");
  const pause = join(folder, "pause-1");
  if (!existsSync(join(pause, "pause"))) {
    mkdirSync(pause, { recursive: true });
    writeFileSync(join(pause, "main.go"), PAUSE);
    await compile(join(pause, "main.go"), join(pause, "pause"));
  }
  const model = join(staged, "model-server");
  cpSync(join(PROJECT, "test"), join(model, "test"), { recursive: true });
  const services = await tree("services", ["redis-server", "nginx-light"]);
  const proxy = programs["oauth2-proxy"];
  const bare = ["--user", "65532:65532"];
  const fromScratch = (name, copies, config, key) =>
    layer({ from: "scratch", copies, name, config, key });

  const images = {
    "docker.io/library/chatbot:0.1.0": image,
    "localhost/pause:1": await fromScratch(
      "pause",
      [[join(pause, "pause"), "/pause"]],
      ["--entrypoint", '["/pause"]', ...bare],
      "1",
    ),
    "docker.io/library/redis:7.4.2-alpine": await fromScratch(
      "redis",
      [[services, "/"]],
      [],
      basename(services),
    ),
    "docker.io/nginxinc/nginx-unprivileged:1.28-alpine": await fromScratch(
      "nginx",
      [[services, "/"]],
      ["--cmd", "/usr/sbin/nginx -g 'daemon off;'", "--user", "101:101"],
      basename(services),
    ),
    "quay.io/oauth2-proxy/oauth2-proxy:v7.15.3": await fromScratch(
      "oauth2-proxy",
      [[proxy, "/bin/oauth2-proxy"]],
      ["--entrypoint", '["/bin/oauth2-proxy"]', ...bare],
      basename(dirname(proxy)),
    ),
    "ghcr.io/huggingface/text-generation-inference:3.3.5": await layer({
      ...{ from: base, copies: [[model, "/srv"]], name: "model-server" },
      config: [
        ...["--entrypoint", '["/usr/local/bin/node", "/srv/test/platform/node/model-pod.ts"]'],
        ...["--user", "1000:1000"],
      ],
    }),
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
