/**
 * Puts text on the clipboard. The Clipboard API exists on secure pages only, and this page is often reached over plain
 * HTTP, hence the old way behind it.
 * @returns whether it worked
 * @see https://developer.mozilla.org/en-US/docs/Web/API/Clipboard/writeText
 */
export async function copyText(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return copyBySelection(text);
  }
}

function copyBySelection(text: string): boolean {
  const focused = document.activeElement;
  const field = document.createElement('textarea');
  field.value = text;
  field.readOnly = true;
  field.className = 'away';
  document.body.append(field);
  field.select();
  try {
    return document.execCommand('copy');
  } catch {
    return false;
  } finally {
    field.remove();
    if (focused instanceof HTMLElement) focused.focus();
  }
}

/** Hands a file to the browser's own download. */
export function downloadText(name: string, type: string, text: string): void {
  const url = URL.createObjectURL(new Blob([text], { type }));
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  // The download reads it after this turn; nothing says when it has.
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}
