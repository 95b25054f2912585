import httpProxy from 'http-proxy';
import { serve } from './serve.mjs';

serve((options) => httpProxy.createProxyServer(options));
