package dev.godwit.jms.session;

/** Which of the interfaces of old a session was made through: some forbid half of what a session can do (§6.2). */
enum Domain {
    COMMON,
    QUEUE,
    TOPIC
}
