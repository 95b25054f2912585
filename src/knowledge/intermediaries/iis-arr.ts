import { BUFFER_HOLDS, type Intermediary } from '../intermediary.ts';

export const iisArr: Intermediary = {
  id: 'iis-arr',
  name: 'IIS, ARR, iisnode',
  kind: 'proxy',
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
  fixes: [
    {
      for: [...BUFFER_HOLDS],
      section: 'web.config, system.webServer/handlers',
      change: '<add name="NAME" path="*" verb="*" modules="MODULE" responseBufferLimit="0" />',
      source: 'https://learn.microsoft.com/en-us/iis/configuration/system.webserver/handlers/add',
    },
    {
      for: ['held-until-close', 'held-until-full'],
      where: 'iis-arr (applicationHost.config)',
      section: 'applicationHost.config, system.webServer',
      change: '<proxy enabled="true" responseBufferLimit="0" minResponseBuffer="0" timeout="01:00:00" />',
      source: 'https://learn.microsoft.com/en-us/iis/extensions/configuring-application-request-routing-arr/',
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
      advice: 'flushResponse="true" of iisnode, or Response.Flush() alone',
      why: 'The handler below still collects up to responseBufferLimit (4 MiB).',
      source: 'https://github.com/tjanczuk/iisnode/issues/504',
    },
  ],
  because: {
    'held-until-close': 'IIS handlers collect up to 4 MiB unless responseBufferLimit is 0.',
    'held-one-behind': 'Old ASP.NET Core modules send each piece with the next one.',
  },
  sources: [
    'https://learn.microsoft.com/en-us/iis/configuration/system.webserver/handlers/add',
    'https://github.com/tjanczuk/iisnode/issues/504',
    'https://github.com/aspnet/IISIntegration/issues/268',
  ],
};
