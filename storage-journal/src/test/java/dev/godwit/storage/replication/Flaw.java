package dev.godwit.storage.replication;

import org.jspecify.annotations.Nullable;

/** A mistake that may be planted: the simulation has to find it. */
enum Flaw {
    NONE,
    /** A follower acknowledges, and a leader counts, what is not on stable storage. */
    ACKNOWLEDGED_BEFORE_SYNC {
        @Override
        Rules rules() {
            return new Rules() {
                @Override
                long acknowledged(long receivedIndex, long durableIndex) {
                    return receivedIndex;
                }
            };
        }
    },
    /** Who was deposed is still listened to. */
    NO_FENCING {
        @Override
        Rules rules() {
            return new Rules() {
                @Override
                boolean isDeposed(long messageEpoch, long epoch) {
                    return false;
                }
            };
        }
    },
    /** A vote leaves before it is on stable storage. */
    VOTE_NOT_DURABLE {
        @Override
        Rules rules() {
            return new Rules() {
                @Override
                long sentAfter(long hardStateSequence) {
                    return 0;
                }
            };
        }
    },
    /** Two votes in an epoch. */
    TWO_VOTES {
        @Override
        Rules rules() {
            return new Rules() {
                @Override
                boolean isFree(@Nullable ReplicaId vote, ReplicaId candidate) {
                    return true;
                }
            };
        }
    },
    /** Committed when the leader alone has it. */
    LEADER_ALONE_COMMITS {
        @Override
        Rules rules() {
            return new Rules() {
                @Override
                int copiesNeeded(int voters) {
                    return 1;
                }
            };
        }
    },
    /** A sync that failed is taken for one that did not. */
    SYNC_ERROR_IGNORED,
    /** Who leads delivers, for as long as it thinks that it does. */
    NO_LEASE {
        @Override
        Rules rules() {
            return new Rules() {
                @Override
                long leaseBegins(long sentMillis, long answeredMillis) {
                    return Long.MAX_VALUE / 2;
                }
            };
        }
    },
    /** The lease counts from the answer, not from the question. */
    LEASE_FROM_ANSWER {
        @Override
        Rules rules() {
            return new Rules() {
                @Override
                long leaseBegins(long sentMillis, long answeredMillis) {
                    return answeredMillis;
                }
            };
        }
    },
    /** Voters help somebody else though they hear the leader, or have been started just now. */
    VOTES_WHILE_LEADER_IS_HEARD {
        @Override
        Rules rules() {
            return new Rules() {
                @Override
                boolean refuses(long nowMillis, long refusedUntilMillis, boolean transferred) {
                    return false;
                }
            };
        }
    },
    /** A leader keeps its lease though it has asked another to take its place. */
    LEASE_SURVIVES_TRANSFER {
        @Override
        Rules rules() {
            return new Rules() {
                @Override
                boolean leaseEndsWithTransfer() {
                    return false;
                }
            };
        }
    },
    /** A new leader serves before it knows what is committed. */
    SERVES_WITHOUT_OWN_ENTRY {
        @Override
        Rules rules() {
            return new Rules() {
                @Override
                boolean serves(long commitIndex, long firstOwnIndex) {
                    return true;
                }
            };
        }
    },
    /** Raft's figure 8: entries of older epochs are taken for committed because a majority has them. */
    OLD_EPOCHS_COUNTED {
        @Override
        Rules rules() {
            return new Rules() {
                @Override
                boolean mayCommit(long entryEpoch, long epoch) {
                    return true;
                }
            };
        }
    },
    /** A vote for a log that lacks entries. */
    VOTES_FOR_OLDER_LOG {
        @Override
        Rules rules() {
            return new Rules() {
                @Override
                boolean isAsNew(long lastEpoch, long lastIndex, LogOutline own) {
                    return true;
                }
            };
        }
    },
    /** A vote for a longer log, of whatever epoch. */
    VOTES_BY_LENGTH {
        @Override
        Rules rules() {
            return new Rules() {
                @Override
                boolean isAsNew(long lastEpoch, long lastIndex, LogOutline own) {
                    return lastIndex >= own.lastIndex();
                }
            };
        }
    },
    /** What learners have counts, and so do their votes. */
    LEARNERS_COUNT {
        @Override
        Rules rules() {
            return new Rules() {
                @Override
                boolean counts(ReplicaId id, Voters voters) {
                    return true;
                }
            };
        }
    },
    /** A node whose disk was emptied goes on as who it was. */
    WIPED_DISK_KEEPS_ID,
    /** A node whose disk was emptied hears what is meant for who it was. */
    HEARS_FOR_WHO_IT_WAS {
        @Override
        Rules rules() {
            return new Rules() {
                @Override
                boolean isFor(ReplicaId addressee, ReplicaId self) {
                    return addressee.nodeId().equals(self.nodeId());
                }
            };
        }
    },
    /** A replica that has lost entries votes. */
    VOTES_WHILE_REPAIRING {
        @Override
        Rules rules() {
            return new Rules() {
                @Override
                boolean mayVote(boolean repairing) {
                    return true;
                }
            };
        }
    },
    /** Any commit index of a leader ends the repair, though a new leader may not know how much is committed. */
    REPAIRED_TOO_EARLY {
        @Override
        Rules rules() {
            return new Rules() {
                @Override
                boolean isRepaired(long commitEpoch, long epoch) {
                    return true;
                }
            };
        }
    },
    /** What a follower acknowledged before it lost it still counts. */
    OLD_STARTS_COUNT {
        @Override
        Rules rules() {
            return new Rules() {
                @Override
                boolean isOfOldStart(long answerStart, long knownStart) {
                    return false;
                }
            };
        }
    },
    /** Several voters change at once, or one after the other without waiting for the commit. */
    CHANGES_AT_ONCE {
        @Override
        Rules rules() {
            return new Rules() {
                @Override
                boolean mayChange(int votersChanged, boolean lastChangeCommitted, boolean committedInEpoch) {
                    return true;
                }
            };
        }
    },
    /** Who hears no leader for long raises the epoch, and deposes one that everybody else hears. */
    NO_TRIAL {
        @Override
        Rules rules() {
            return new Rules() {
                @Override
                boolean triesFirst(boolean told) {
                    return told;
                }
            };
        }
    },
    /** Votes of an older epoch elect. */
    OLD_VOTES_COUNT {
        @Override
        Rules rules() {
            return new Rules() {
                @Override
                boolean isVoteIn(ReplicaMessage.VoteResponse vote, long epoch, boolean trial) {
                    return vote.trial() == trial;
                }
            };
        }
    },
    /** Who said that it would vote has voted. */
    TRIALS_ELECT {
        @Override
        Rules rules() {
            return new Rules() {
                @Override
                boolean isVoteIn(ReplicaMessage.VoteResponse vote, long epoch, boolean trial) {
                    return vote.epoch() == epoch;
                }
            };
        }
    },
    /** A learner, and who is no voter any more, wants to lead. */
    ANYBODY_CAMPAIGNS {
        @Override
        Rules rules() {
            return new Rules() {
                @Override
                boolean mayBeElected(boolean voter) {
                    return true;
                }
            };
        }
    },
    /** Who is told to contend does so though it hears a leader. */
    CONTENDS_WHILE_LEADER_IS_HEARD {
        @Override
        Rules rules() {
            return new Rules() {
                @Override
                boolean mayContend(Role role, boolean refuses) {
                    return role == Role.FOLLOWER || role == Role.TRYING;
                }
            };
        }
    },
    /** Who is told to contend raises the epoch, without asking whether anybody would vote for it. */
    CONTENDS_WITHOUT_TRIAL {
        @Override
        Rules rules() {
            return new Rules() {
                @Override
                boolean triesFirst(boolean told) {
                    return !told;
                }
            };
        }
    },
    /** A leader that is told to contend does so. */
    LEADER_CONTENDS {
        @Override
        Rules rules() {
            return new Rules() {
                @Override
                boolean mayContend(Role role, boolean refuses) {
                    return !refuses;
                }
            };
        }
    },
    /** A candidate that is told to contend forgets who has voted for it. */
    CANDIDATE_BEGINS_ANEW {
        @Override
        Rules rules() {
            return new Rules() {
                @Override
                boolean mayContend(Role role, boolean refuses) {
                    return !refuses && role != Role.LEADER;
                }
            };
        }
    },
    /** Who is patient tries as early as others. */
    NO_PATIENCE {
        @Override
        Rules rules() {
            return new Rules() {
                @Override
                long waits(long millis, int patience) {
                    return millis;
                }
            };
        }
    },
    /** Who is patient never tries by itself. */
    ENDLESS_PATIENCE {
        @Override
        Rules rules() {
            return new Rules() {
                @Override
                long waits(long millis, int patience) {
                    return patience > 1 ? Long.MAX_VALUE / 2 : millis;
                }
            };
        }
    },
    /** Who is patient waits also while one tries that it cannot vote for. */
    WAITS_FOR_WHO_HAS_LESS {
        @Override
        Rules rules() {
            return new Rules() {
                @Override
                boolean triesToo(int patience, boolean otherIsAsNew) {
                    return false;
                }
            };
        }
    },
    /** Who stands aside leads all the same. */
    LEADS_ASIDE {
        @Override
        Rules rules() {
            return new Rules() {
                @Override
                boolean mayTry(boolean aside, boolean needed) {
                    return true;
                }
            };
        }
    },
    /** Who stands aside keeps for itself what nobody else has. */
    NEVER_NEEDED {
        @Override
        Rules rules() {
            return new Rules() {
                @Override
                boolean isNeeded(boolean refused, boolean otherIsAsNew) {
                    return false;
                }

                @Override
                boolean isLonely(int waitsInVain) {
                    return false;
                }
            };
        }
    },
    /** Who stands aside while it campaigns goes on with that. */
    CAMPAIGNS_ON_ASIDE {
        @Override
        Rules rules() {
            return new Rules() {
                @Override
                boolean givesUpAside() {
                    return false;
                }
            };
        }
    },
    /** Who stands aside helps nobody either. */
    ASIDE_VOTES_FOR_NOBODY,
    /** A leader that nobody answers stays. */
    DEAF_LEADER_STAYS {
        @Override
        Rules rules() {
            return new Rules() {
                @Override
                boolean givesUp(long silentMillis, long silentMillisMax) {
                    return false;
                }
            };
        }
    };

    Rules rules() {
        return Rules.RAFT;
    }
}
