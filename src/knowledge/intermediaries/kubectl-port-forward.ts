import type { Intermediary } from '../intermediary.ts';

export const kubectlPortForward: Intermediary = {
  id: 'kubectl-port-forward',
  name: 'kubectl port-forward',
  kind: 'tunnel',
  explain:
    'A tunnel for debugging. It passes bytes on at once, goes to one pod, and ends when that pod or the tunnel to the API server ends; an idle limit on the way to the API server ends it sooner. A cut seen only there says nothing about production.',
  holdsByDefault: false,
  honours: { xAccelBuffering: false, incremental: false, noTransform: false },
  marks: [],
  limits: [
    {
      seconds: 14400,
      kind: 'idle',
      setting: '--streaming-connection-idle-timeout of the kubelet',
      source: 'https://kubernetes.io/docs/reference/command-line-tools-reference/kubelet/',
    },
  ],
  fixes: [
    {
      for: ['cut-when-idle', 'cut-by-age', 'truncated'],
      section: 'a shell',
      change:
        'kubectl run unclog --rm -it --image=node:22 -- npx unclog http://SERVICE:PORT/stream   # measures inside the cluster instead',
      source:
        'https://kubernetes.io/docs/tasks/access-application-cluster/port-forward-access-application-cluster/',
    },
  ],
  ineffective: [
    {
      for: ['cut-when-idle'],
      advice: '--pod-running-timeout',
      why: 'It is how long kubectl waits for the pod before it begins.',
      source: 'https://kubernetes.io/docs/reference/kubectl/generated/kubectl_port-forward/',
    },
  ],
  sources: [
    'https://kubernetes.io/docs/tasks/access-application-cluster/port-forward-access-application-cluster/',
    'https://github.com/kubernetes/kubernetes/issues/74551',
  ],
};
