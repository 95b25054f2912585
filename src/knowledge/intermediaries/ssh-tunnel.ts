import type { Intermediary } from '../intermediary.ts';

export const sshTunnel: Intermediary = {
  id: 'ssh-tunnel',
  name: 'SSH tunnel (ssh -L, ssh -R)',
  kind: 'tunnel',
  explain:
    'Passes bytes on at once. Quiet tunnels are forgotten by routers and firewalls on the way, without a sign on either side.',
  holdsByDefault: false,
  honours: { xAccelBuffering: false, incremental: false, noTransform: false },
  marks: [],
  limits: [],
  fixes: [
    {
      for: ['cut-when-idle', 'truncated'],
      section: 'the command, or the Host block of ~/.ssh/config',
      change: 'ssh -o ServerAliveInterval=30 -o ServerAliveCountMax=3 -L 8000:127.0.0.1:8000 HOST',
      source: 'https://man.openbsd.org/ssh_config#ServerAliveInterval',
    },
  ],
  ineffective: [
    {
      for: ['cut-when-idle'],
      advice: 'TCPKeepAlive yes',
      why: 'It is on already; its probes come after two hours on most systems.',
      source: 'https://man.openbsd.org/ssh_config#TCPKeepAlive',
    },
  ],
  sources: ['https://man.openbsd.org/ssh_config#ServerAliveInterval'],
};
