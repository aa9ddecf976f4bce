import { cpSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { PROJECT, parseManifests, readText, run, temporaryFolder } from "./tools.ts";

/** What Helm tells after an installation. It shows that to a cluster alone: here it is put into an object. */
function notesOf(...settings: readonly string[]): string {
  const chart = temporaryFolder();
  cpSync(join(PROJECT, "charts/chatbot"), chart, { recursive: true });
  rmSync(join(chart, "templates/NOTES.txt"));
  const notes = readText("charts/chatbot/templates/NOTES.txt");
  writeFileSync(
    join(chart, "templates/notes.yaml"),
    `{{ define "notes" }}${notes}{{ end }}
kind: ConfigMap
apiVersion: v1
metadata: { name: notes }
data: { notes: {{ include "notes" . | quote }} }
`,
  );
  const args = [
    "template",
    "chatbot",
    chart,
    "--kube-version=1.36.3",
    "--show-only=templates/notes.yaml",
  ];
  const [shown] = parseManifests(run("helm", [...args, ...settings]));
  return String(shown?.data.notes).replaceAll(/\s+/g, " ");
}

const values = (name: string) => `--values=charts/chatbot/ci/${name}-values.yaml`;

test("the notes name every Secret that must exist, with its keys", () => {
  expect(notesOf()).toContain("chatbot-redis with password ");
  expect(notesOf(values("production"))).toContain(
    "chatbot-redis with password, sessions-password ",
  );
  expect(notesOf(values("production"))).toContain(
    "chatbot-oauth2-proxy with client-secret, cookie-secret, proxy-secret",
  );
  expect(notesOf(values("external-redis"))).toContain("chatbot-redis with url, sessions-url ");
});

test.each([
  ["that nothing signs people in", "nothing signs people in", [], [values("vanilla")]],
  ["that there is only the demo", "no model yet", [], [values("production")]],
  ["that policies are off", "networkPolicy is off", ["--set=networkPolicy.enabled=false"], []],
  [
    "that policies must be enforced",
    "See that your network plugin enforces them",
    [],
    [values("istio")],
  ],
  ["that nothing ever ends", "kept for ever", [], ["--set=config.HISTORY_TTL_SECONDS=86400"]],
  ["that Redis is one pod", "bundled Redis is one pod", [], [values("external-redis")]],
])("the notes warn %s, and only then", (_what, warning, when, otherwise) => {
  expect(notesOf(...when)).toContain(warning);
  expect(notesOf(...otherwise)).not.toContain(warning);
});
