package dev.godwit.storage.replication;

/** What becomes of a wish to change the voters, or to hand leadership over. */
public enum ChangeAnswer {
    /** It is under way. Whether it came about shows in the committed log, or in the role. */
    BEGUN,
    /** This replica does not lead, or does not serve yet. */
    NOT_SERVING,
    /** Another change, or a transfer, is under way. */
    BUSY,
    /** It would change more than one voter, leave none, or give a node two voices. */
    TOO_MUCH,
    /**
     * Who is to be voter is not a learner, or has not caught up; of the voters to be no majority was heard lately; who is to lead
     * is no other voter.
     */
    NOT_READY
}
