/** When an unclog origin sent this answer of its clock, in epoch milliseconds; null for anything else's answer. */
export function originTime(status: number, body: string): number | null {
  if (status !== 200) return null;
  try {
    const answer: unknown = JSON.parse(body);
    const sentAt = (answer as { sentAt?: unknown } | null)?.sentAt;
    return typeof sentAt === 'number' && Number.isFinite(sentAt) ? sentAt : null;
  } catch {
    return null;
  }
}
