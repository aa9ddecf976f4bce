{{/* The models of a chart without a model server; as in values.yaml. */}}
{{- define "chatbot.demo" -}}
[{"id":"demo","engines":[{"type":"rules"}]}]
{{- end }}

{{/* The app's variables, but for those that depend on the pod. */}}
{{- define "chatbot.config" -}}
{{- $config := deepCopy .Values.config }}
{{- if .Values.modelServer.enabled }}
{{- $_ := set $config "INFERENCE_SERVER_URL" (printf "http://%s-model-server:8080" (include "chatbot.fullname" .)) }}
{{- if eq $config.MODELS (include "chatbot.demo" .) }}{{ $_ = set $config "MODELS" "" }}{{ end }}
{{- end }}
{{- if .Values.modelDiscovery.enabled }}
{{- $_ := set $config "MODEL_DISCOVERY" "kubernetes" }}
{{- if or .Values.modelServer.enabled (eq $config.INFERENCE_SERVER_URL "http://localhost:8080") }}{{ $_ = set $config "INFERENCE_SERVER_URL" "" }}{{ end }}
{{- if eq $config.MODELS (include "chatbot.demo" .) }}{{ $_ = set $config "MODELS" "" }}{{ end }}
{{- end }}
{{- if .Values.istio.enabled }}{{ $_ := set $config "AUTH_USERID_HEADER" "X-Auth-Request-User" }}{{ end }}
{{- if .Values.oauth2Proxy.enabled }}
{{- if eq $config.AUTH_MODE "header" }}{{ $_ := set $config "AUTH_MODE" (ternary "header+jwt" "header" .Values.oauth2Proxy.checkProof) }}{{ end }}
{{- if not $config.AUTH_SIGN_OUT_URL }}{{ $_ := set $config "AUTH_SIGN_OUT_URL" "/oauth2/sign_out" }}{{ end }}
{{- end }}
{{- if include "chatbot.sendsSecret" . }}{{ $_ := set $config "AUTH_PROXY_SECRET_FILE" "/run/secrets/proxy/proxy-secret" }}{{ end }}
{{- if and .Values.oauth2Proxy.enabled (not $config.PUBLIC_ORIGIN) }}
{{- fail "oauth2Proxy needs config.PUBLIC_ORIGIN, the address that people type: https://…" }}
{{- end }}
{{- range $key, $value := $config }}
{{ $key }}: {{ if kindIs "float64" $value }}{{ printf "%.0f" $value | quote }}{{ else }}{{ toString $value | quote }}{{ end }}
{{- end }}
{{- end }}

{{/* Files of the bundled Redis. */}}
{{- define "chatbot.redisConfig" -}}
redis.conf: |
  {{- .Files.Get "files/redis.conf" | replace "maxmemory 768mb" (printf "maxmemory %s" .Values.redis.maxmemory) | nindent 2 }}
start.sh: |
  {{- .Files.Get "files/start.sh" | replace "$secret/password" (printf "$secret/%s" .Values.redis.secretKeys.password) | replace "chatbot password " (printf "chatbot %s " .Values.redis.secretKeys.password) | replace "sessions sessions-password" (printf "sessions %s" .Values.redis.secretKeys.sessionsPassword) | replace "keda keda-password" (printf "keda %s" .Values.redis.secretKeys.kedaPassword) | nindent 2 }}
{{- end }}

{{/* Files of oauth2-proxy, by its mode. */}}
{{- define "chatbot.oauth2ProxyConfig" -}}
{{- if eq .Values.oauth2Proxy.mode "proxy" -}}
alpha.yaml: |
  {{- .Files.Get "files/alpha.yaml" | nindent 2 }}
connection: Upgrade
oauth2-proxy.cfg: |
  {{- .Files.Get "files/oauth2-proxy.cfg" | nindent 2 }}
{{- else -}}
oauth2-proxy.cfg: |
  {{- .Files.Get "files/ext-authz.cfg" | nindent 2 }}
{{- end }}
{{- end }}

{{/* Whom oauth2-proxy asks, and where it leads. */}}
{{- define "chatbot.provider" -}}
OIDC_ISSUER_URL: {{ required "oauth2Proxy.issuerUrl is missing: your OpenID provider" .Values.oauth2Proxy.issuerUrl }}
OIDC_CLIENT_ID: {{ .Values.oauth2Proxy.clientId | quote }}
{{- if eq .Values.oauth2Proxy.mode "proxy" }}
UPSTREAM_URL: http://{{ include "chatbot.fullname" . }}-web:8000
UPSTREAM_PASS_HOST: "true"
{{- end }}
{{- end }}

{{/* Files of the nginx edge. */}}
{{- define "chatbot.edgeConfig" -}}
{{- $root := . }}
{{- range $file := list "app.inc" "nginx.conf" "oauth2-proxy.inc" }}
{{ $file }}: |
  {{- $root.Files.Get (printf "files/%s" $file) | replace "//chatbot-" (printf "//%s-" (include "chatbot.fullname" $root)) | nindent 2 }}
{{- end }}
{{- end }}
