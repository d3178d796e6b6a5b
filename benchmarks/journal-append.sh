#!/usr/bin/env bash
# The journal's write path beside a bare loop of direct, durable writes of as many bytes, in one process, A B B A:
# records of 1 KiB per second, CPU and heap bytes per record, at 1, 16, 128 and 1,024 records for each sync. At 1,024 the
# bare loop also copies and checksums each record. Both write on the processor where a durable write is quickest, which is
# the one that the disk interrupts. Records are handed to the journal while others are synced ("meanwhile"), for which the
# bars are, as a batch is what came during the sync before; and, to show what waking two threads costs, only when the last
# ones are safe ("after"). Builds nothing: run `mvn -q -DskipTests package` before.
#
#   benchmarks/journal-append.sh [--check] [--quick] [--as-it-comes] [--directory DIR]
#
#   --check          end with 1 when a bar is missed
#   --as-it-comes    leave it to the scheduler on which processor each of the two writes
#   --directory DIR  where to write, for another disk; without it, benchmarks/target
set -euo pipefail

name=journal-append
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

options=()
rounds=20
directory=
while [ $# -gt 0 ]; do
    case $1 in
        --check | --as-it-comes) options+=("$1") ;;
        --quick) rounds=4 ;;
        --directory) directory=${2:?--directory needs a directory}; shift ;;
        *) usage ;;
    esac
    shift
done

prepare_godwit
machine
java -Xms1g -Xmx1g "-Dlogback.configurationFile=$root/benchmarks/logback.xml" -cp "$classpath" \
    dev.godwit.benchmarks.journal.JournalAppend "${directory:-$work/data}" 0.25 $rounds "${options[@]}"
