#!/bin/sh
# Makes an authority of one's own, if it is not there, and a certificate for each server, in FOLDER/HOST: what is there
# goes to /etc/nats/tls on that host. Each bears the names of all, as servers tell clients of each other by address.
# Usage: sh deploy/nats/certify.sh FOLDER HOST...
set -eu
folder=$1
shift
umask 077
mkdir -p "$folder"
cd "$folder"
new="-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes"
[ -e ca.key ] || openssl req -x509 $new -days 3650 -subj /CN=orrery-nats -out ca.pem -keyout ca.key
names=
for host in "$@"; do
  case $host in
    *[!0-9.]*) names=$names,DNS:$host ;;
    *) names=$names,IP:$host ;;
  esac
done
printf 'subjectAltName=%s\nextendedKeyUsage=serverAuth,clientAuth\n' "${names#,}" > names
for host in "$@"; do
  mkdir -p "$host"
  openssl req -new $new -subj "/CN=$host" -out request -keyout "$host/server.key"
  openssl x509 -req -in request -CA ca.pem -CAkey ca.key -CAcreateserial -days 825 -extfile names \
    -out "$host/server.pem"
  cp ca.pem "$host/ca.pem"
done
rm request names
