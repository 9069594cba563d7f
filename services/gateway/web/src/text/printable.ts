/**
 * The text with control characters, and those that turn the direction of what follows, as symbols.
 * Each takes one UTF-16 unit as before, so that offsets stay. Line breaks and tabs stay, too.
 */
export function printable(text: string): string {
  return text.replace(
    /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g,
    (control) => {
      const code = control.charCodeAt(0);
      if (code < 0x20) return String.fromCharCode(0x2400 + code);
      return code === 0x7f ? '\u2421' : '\ufffd';
    },
  );
}
