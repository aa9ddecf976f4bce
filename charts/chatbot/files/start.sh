#!/bin/sh
# Makes Redis' users from the Secret's keys, then becomes Redis. Passwords are kept as hashes, in memory.
# A user whose key is not in the Secret does not exist.
set -eu
umask 077
secret=/run/secrets/redis
acl=/run/redis/users.acl

# user <name> <key of the Secret> <rules …>
user() {
  name=$1 key=$2
  shift 2
  [ -s "$secret/$key" ] || return 0
  hash=$(printf %s "$(cat "$secret/$key")" | sha256sum | cut -d' ' -f1)
  echo "user $name on #$hash resetchannels $*" >>"$acl"
}

[ -s "$secret/password" ] || { echo "The Secret of Redis has no key named password." >&2; exit 1; }
{
  # Without a name there is nothing to be had: it is off, and nobody can be it. Rights it has all the same, for
  # its name is the one under which Redis reads its own append-only file: without them it drops, in silence,
  # what scripts and transactions had written (redis/redis#14541, valkey-io/valkey#3983).
  echo "user default off ~* &* +@all"
  # For the probes: no password, and no command but one.
  echo "user probe on nopass resetchannels -@all +ping"
} >"$acl"
# The app: its own keys and channels, nothing that is dangerous to others. ROLE is how it finds out,
# behind Sentinel, that a server is no primary any more.
user chatbot password '~chatbot:*' '&chatbot:*' +@all -@admin -@dangerous +role
# oauth2-proxy: sessions and the locks of their refreshes, all under the name of its cookie.
user sessions sessions-password '~__Host-chatbot*' +@all -@admin -@dangerous
# KEDA: how long the queues are, and nothing else.
user keda keda-password '~chatbot:queue:*' -@all +@connection -@admin -@dangerous +eval +type +zcard +scard +hlen +llen
# Backups (docs/operations.md): a copy as a replica gets it, and nothing else.
user backup backup-password -@all +ping +replconf +sync +psync

exec redis-server /etc/redis/redis.conf
