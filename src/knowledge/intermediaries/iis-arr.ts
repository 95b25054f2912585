import { BUFFER_HOLDS, COMPRESSION, type Intermediary } from '../intermediary.ts';

export const iisArr: Intermediary = {
  id: 'iis-arr',
  name: 'IIS, ARR, iisnode',
  kind: 'proxy',
  cannotRun: 'runs on Windows only',
  byDefault: 'holds up to 4 MiB',
  explain:
    'Handlers collect up to 4 MiB of an answer by default (responseBufferLimit), so most streams come at the end. Old ASP.NET Core modules are one event behind.',
  holdsByDefault: true,
  honours: { xAccelBuffering: false, incremental: false, noTransform: false },
  marks: [
    { field: 'server', matches: /^Microsoft-IIS\/([\d.]+)/i, confidence: 'certain' },
    { field: 'x-powered-by', matches: /^ARR\/([\d.]+)/i, confidence: 'certain' },
    { field: 'x-powered-by', matches: /^ASP\.NET$/i, confidence: 'possible' },
  ],
  limits: [
    {
      seconds: 120,
      kind: 'first-byte',
      setting: 'ARR proxy time-out',
      source: 'https://learn.microsoft.com/en-us/iis/extensions/configuring-application-request-routing-arr/',
    },
    {
      seconds: 120,
      kind: 'idle',
      setting: 'ARR proxy time-out',
      source: 'https://learn.microsoft.com/en-us/iis/extensions/configuring-application-request-routing-arr/',
    },
  ],
  sizes: [
    {
      bytes: 4_194_304,
      effect: 'so much of an answer is collected before anything leaves (responseBufferLimit)',
      source: 'https://learn.microsoft.com/en-us/iis/configuration/system.webserver/handlers/add',
    },
  ],
  simulated: [
    { behaviour: 'holds until so many bytes have come', finding: 'held-until-close' },
    { behaviour: 'gives up waiting for the head', finding: 'timed-out-before-head' },
    { behaviour: 'is one event behind', finding: 'held-one-behind' },
  ],
  notFound: ['whether ARR reports a leaving client to the server behind it'],
  fixes: [
    {
      for: [...BUFFER_HOLDS],
      section: 'web.config, system.webServer/handlers',
      change:
        '<add name="ApplicationRequestRouting" path="*" verb="*" modules="ApplicationRequestRouting" resourceType="Unspecified" responseBufferLimit="0" />',
      config: 'configs/iis-arr/web.config',
      source: 'https://learn.microsoft.com/en-us/iis/configuration/system.webserver/handlers/add',
    },
    {
      for: ['held-until-close', 'held-until-full', 'cut-when-idle', 'timed-out-before-head'],
      where: 'iis-arr (applicationHost.config)',
      section: 'applicationHost.config, system.webServer',
      change: '<proxy enabled="true" responseBufferLimit="0" minResponseBuffer="0" timeout="01:00:00" />',
      config: 'configs/iis-arr/applicationHost.xml',
      source: 'https://learn.microsoft.com/en-us/iis/extensions/configuring-application-request-routing-arr/',
    },
    {
      for: [...COMPRESSION, 'truncated'],
      section: 'web.config, system.webServer',
      change: '<urlCompression doDynamicCompression="false" />',
      config: 'configs/iis-arr/web.config',
      source: 'https://github.com/aspnet/Mvc/issues/6969',
    },
    {
      for: ['held-one-behind'],
      where: 'origin',
      section: 'the handler of the stream, before the first write',
      change: 'context.Features.Get<IHttpResponseBodyFeature>()?.DisableBuffering();',
      source: 'https://github.com/aspnet/IISIntegration/issues/268',
    },
  ],
  ineffective: [
    {
      for: [...BUFFER_HOLDS],
      advice: 'HttpPlatformHandler with responseBufferLimit="0"',
      why: 'That module was measured to collect 8 KiB of its own below the handler: forward with ARR, or use the ASP.NET Core module.',
      source: 'https://github.com/aspnet/IISIntegration/issues/7',
    },
    {
      for: [...BUFFER_HOLDS],
      advice: 'flushResponse="true" of iisnode, or Response.Flush() alone',
      why: 'The handler below still collects up to responseBufferLimit (4 MiB).',
      source: 'https://github.com/tjanczuk/iisnode/issues/504',
    },
  ],
  because: {
    'timed-out-before-head': 'ARR waits 120 s for the server behind it by default, and answers with 502.',
    'cut-when-idle': 'ARR ends an answer that is silent for its time-out (120 s by default).',
    'held-until-close': 'IIS handlers collect up to 4 MiB unless responseBufferLimit is 0.',
    'held-one-behind': 'Old ASP.NET Core modules send each piece with the next one.',
  },
  sources: [
    'https://learn.microsoft.com/en-us/iis/configuration/system.webserver/handlers/add',
    'https://github.com/tjanczuk/iisnode/issues/504',
    'https://github.com/aspnet/IISIntegration/issues/268',
    'https://github.com/aspnet/IISIntegration/issues/7',
  ],
};
