package io.aikv.server.tracking;

/**
 * What CLIENT TRACKING ON was told.
 *
 * @param redirect the id of the client that gets the messages, or 0 for the client itself
 * @param broadcast messages about all keys with a prefix, not about those that the client has read
 * @param optIn only reads behind CLIENT CACHING YES are tracked
 * @param optOut reads behind CLIENT CACHING NO are not tracked
 * @param noLoop no messages about keys that the client itself changes
 */
public record TrackingOptions(long redirect, boolean broadcast, boolean optIn, boolean optOut, boolean noLoop) {}
