/** The bytes that a base64 text stands for. Characters that do not belong there are skipped, as Node does. */
export function bytesOf(base64: string): Uint8Array {
  const clean = /[^A-Za-z0-9+/]/.test(base64) ? standard(base64) : base64;
  // Four characters are three bytes; one left over stands for none.
  const binary = atob(clean.length % 4 === 1 ? clean.slice(0, -1) : clean);
  const bytes = new Uint8Array(binary.length);
  for (let i = 0; i < binary.length; i += 1) bytes[i] = binary.charCodeAt(i);
  return bytes;
}

function standard(base64: string): string {
  const [text = ''] = base64.replaceAll('-', '+').replaceAll('_', '/').split('=', 1);
  return text.replaceAll(/[^A-Za-z0-9+/]/g, '');
}

/** The base64 text of bytes. */
export function base64Of(bytes: Uint8Array): string {
  return btoa(latin1(bytes));
}

const encoder = new TextEncoder();

/** Bytes of a text in UTF-8. */
export function utf8Bytes(text: string): number {
  return encoder.encode(text).length;
}

/** Each byte as the character of its number. */
export function latin1(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += String.fromCharCode(byte);
  return text;
}
