#!/usr/bin/env bash
# What the journal's directory takes after many messages of 1 KiB have passed through and a thousand, spread over all that
# time, have stayed: each kind of file, and the bound. Builds nothing: run `mvn -q -DskipTests package` before.
#
#   benchmarks/journal-space.sh [--check] [--messages N]
#
#   --check       end with 1 when the directory takes more than three segments, those ready and spare, the reserve, two
#                 checkpoints and the bytes alive
#   --messages N  10,000,000 without it
set -euo pipefail

name=journal-space
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

check=
messages=10000000
while [ $# -gt 0 ]; do
    case $1 in
        --check) check=--check ;;
        --messages) messages=${2:?--messages needs a number}; shift ;;
        *) usage ;;
    esac
    shift
done

prepare_godwit
machine
java -Xms512m -Xmx512m "-Dlogback.configurationFile=$root/benchmarks/logback.xml" -cp "$classpath" \
    dev.godwit.benchmarks.journal.JournalSpace "$work/data" "$messages" 1000 $check
