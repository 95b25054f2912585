/** Words that several pages share. */
export const COPY = { ready: 'Copy', done: 'Copied', failed: 'Not copied: select the text' } as const;
