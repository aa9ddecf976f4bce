{{/* (root, labels): the pod that attacks this release, as a stranger in its namespace would. */}}
{{- define "chatbot.doctorPod" -}}
{{- $root := index . 0 }}{{ $name := include "chatbot.fullname" $root }}{{ $values := $root.Values -}}
metadata:
  # No label by which a policy would let it in.
  {{- include "chatbot.podMetadata" (list $root $values.doctor "doctor" dict) | nindent 2 }}
spec:
  restartPolicy: Never
  serviceAccountName: {{ $name }}-doctor
  {{- include "chatbot.placement" (list $root $values.doctor) | nindent 2 }}
  automountServiceAccountToken: false
  enableServiceLinks: false
  securityContext:
    runAsNonRoot: true
    runAsUser: 65532
    runAsGroup: 65532
    fsGroup: 65532
    seccompProfile:
      type: RuntimeDefault
  containers:
    - name: doctor
      image: {{ include "chatbot.image" (list $root $values.image) }}
      imagePullPolicy: {{ $values.image.pullPolicy }}
      command: [/usr/local/bin/node, src/doctor/main.ts]
      args:
        - --url=$(PUBLIC_ORIGIN)
        # What people's requests reach first in this namespace; the edge, where that is nginx.
        - --via={{ include "chatbot.frontUrl" $root }}
        - --app-url=http://{{ $name }}-web:8000
        - --admin-url=http://{{ $name }}-web:9090
        {{- if $values.redis.enabled }}
        - --redis={{ $name }}-redis:6379
        {{- end }}
        - --model-server=http://{{ $name }}-model-server:8080
        - --userid-header=$(AUTH_USERID_HEADER)
        - --issuer=$(OIDC_ISSUER_URL)
        - --audience=$(OIDC_CLIENT_ID)
        # Of an account made for this; without it less is checked.
        - --cookie-file=/run/secrets/doctor/cookie
        {{- if not $values.doctor.ask }}
        - --no-ask
        {{- end }}
        {{- if $values.customCA.existingSecret }}
        - --ca-file=/run/ca/{{ $values.customCA.key }}
        {{- end }}
      env:
        - name: PUBLIC_ORIGIN
          valueFrom:
            configMapKeyRef:
              name: {{ $name }}-config
              key: PUBLIC_ORIGIN
        - name: AUTH_USERID_HEADER
          valueFrom:
            configMapKeyRef:
              name: {{ $name }}-config
              key: AUTH_USERID_HEADER
        - name: OIDC_ISSUER_URL
          valueFrom:
            configMapKeyRef:
              name: {{ $name }}-oauth2-proxy-provider
              key: OIDC_ISSUER_URL
        - name: OIDC_CLIENT_ID
          valueFrom:
            configMapKeyRef:
              name: {{ $name }}-oauth2-proxy-provider
              key: OIDC_CLIENT_ID
      resources:
        {{- toYaml $values.doctor.resources | nindent 8 }}
      securityContext:
        allowPrivilegeEscalation: false
        readOnlyRootFilesystem: true
        capabilities:
          drop: [ALL]
      volumeMounts:
        - name: cookie
          mountPath: /run/secrets/doctor
          readOnly: true
        {{- include "chatbot.caMount" $root | nindent 8 }}
  volumes:
    - name: cookie
      secret:
        secretName: {{ $values.doctor.existingSecret | default (printf "%s-doctor" $name) }}
        optional: true
    {{- include "chatbot.caVolume" $root | nindent 4 }}
{{- end }}

{{/* Where that is, by HTTP. */}}
{{- define "chatbot.frontUrl" -}}
http://{{ include "chatbot.front" . }}:{{ ternary 8080 4180 .Values.edge.enabled }}
{{- end }}
