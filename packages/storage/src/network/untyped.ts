/**
 * The content type of what was stored without one, where a store gives every object a type. It is the one that S3 takes;
 * 'application/octet-stream', which others take, is also what users say.
 */
export const UNTYPED = 'binary/octet-stream';
