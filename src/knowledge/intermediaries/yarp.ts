import type { Intermediary } from '../intermediary.ts';

export const yarp: Intermediary = {
  id: 'yarp',
  name: 'YARP',
  kind: 'gateway',
  explain:
    'Streams: it switches response buffering off unless AllowResponseBuffering is true. A request without a byte for ActivityTimeout (100 s) ends.',
  holdsByDefault: false,
  honours: { xAccelBuffering: false, incremental: false, noTransform: false },
  marks: [],
  limits: [
    {
      seconds: 100,
      kind: 'idle',
      setting: 'HttpRequest.ActivityTimeout',
      source: 'https://learn.microsoft.com/en-us/aspnet/core/fundamentals/servers/yarp/timeouts',
    },
  ],
  fixes: [
    {
      for: ['cut-when-idle', 'timed-out-before-head'],
      section: 'appsettings.json, Clusters',
      change: '"HttpRequest": { "ActivityTimeout": "01:00:00" }',
      source: 'https://github.com/dotnet/yarp/blob/main/src/ReverseProxy/Forwarder/ForwarderRequestConfig.cs',
    },
    {
      for: ['held-until-close', 'held-until-full'],
      section: 'appsettings.json, Clusters',
      change: '"HttpRequest": { "AllowResponseBuffering": false }',
      source: 'https://github.com/dotnet/yarp/pull/1040',
    },
  ],
  ineffective: [],
  because: {
    'cut-when-idle': 'YARP ends a request that was silent for ActivityTimeout (100 s by default).',
    'held-until-close': 'YARP behind IIS collects answers when AllowResponseBuffering is true.',
  },
  sources: [
    'https://github.com/dotnet/yarp/blob/main/src/ReverseProxy/Forwarder/ForwarderRequestConfig.cs',
    'https://github.com/dotnet/yarp/pull/1040',
  ],
};
