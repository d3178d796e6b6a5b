package dev.godwit.broker;

/** What clients are served from, and what they come through. */
record Serving(ServingState state, Frontend frontend) {}
