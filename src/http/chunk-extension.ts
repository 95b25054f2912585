import { isToken } from './field-syntax.ts';

const CR = 13;
const QUOTE = 34;
const SEMICOLON = 59;
const EQUALS = 61;
const BACKSLASH = 92;

/** Where the next byte stands in `name[=value][;name[=value]]…`, a value being a token or a quoted string. */
export enum Ext {
  nameStart,
  name,
  valueStart,
  value,
  quoted,
  escaped,
  afterQuoted,
  over,
  fault,
}

/** 1 for the characters of a token. */
const IS_TOKEN = Uint8Array.from({ length: 256 }, (_, code) => (isToken(String.fromCharCode(code)) ? 1 : 0));

/**
 * RFC 9112 section 7.1.1, without the white space it tolerates: other parsers refuse that, and extensions that are read
 * in two ways have been used to smuggle requests.
 */
export function nextInExtension(at: Ext, byte: number): Ext {
  if (at === Ext.quoted) {
    if (byte === QUOTE) return Ext.afterQuoted;
    if (byte === BACKSLASH) return Ext.escaped;
    return isText(byte) ? Ext.quoted : Ext.fault;
  }
  if (at === Ext.escaped) return isText(byte) ? Ext.quoted : Ext.fault;
  if (at === Ext.valueStart && byte === QUOTE) return Ext.quoted;
  const isStart = at === Ext.nameStart || at === Ext.valueStart;
  if (isStart || (at !== Ext.afterQuoted && IS_TOKEN[byte] === 1)) {
    if (IS_TOKEN[byte] !== 1) return Ext.fault;
    return at === Ext.nameStart || at === Ext.name ? Ext.name : Ext.value;
  }
  if (byte === CR) return Ext.over;
  if (byte === SEMICOLON) return Ext.nameStart;
  return at === Ext.name && byte === EQUALS ? Ext.valueStart : Ext.fault;
}

/** A byte that may stand in a field value or a quoted string: no control but the tab. */
export function isText(byte: number): boolean {
  return (byte >= 0x20 && byte !== 0x7f) || byte === 9;
}
