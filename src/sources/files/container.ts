/** https://github.com/kubernetes/kubernetes, pkg/kubelet/kuberuntime/legacy.go: POD_NAMESPACE_CONTAINER-ID.log */
const IN_CONTAINERS = /\/containers\/[^/]+_([^/_]+)-[0-9a-f]{64}\.log$/;

/** NAMESPACE_POD_UID/CONTAINER/RESTARTS.log */
const IN_PODS = /\/pods\/[^/]+_[^/]+_[^/]+\/([^/]+)\/\d+\.log$/;

/** The name of the container, if the path is a container log of Kubernetes. */
export function containerOf(path: string): string | undefined {
  return (IN_CONTAINERS.exec(path) ?? IN_PODS.exec(path))?.[1];
}
