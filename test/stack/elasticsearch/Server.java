// Starts a search server out of its libraries: java -cp 'lib/*' Server.java HOME PORT. VENDOR and PLUGINS stand for what
// Elasticsearch and OpenSearch do not have in common; search-server.ts writes it.
import java.util.List;
import java.util.Map;
import org.VENDOR.common.settings.Settings;
import org.VENDOR.node.InternalSettingsPreparer;
import org.VENDOR.node.Node;

public class Server extends Node {
  Server(Settings settings) {
    super(InternalSettingsPreparer.prepareEnvironment(settings, Map.of(), null, () -> "test"), List.of(PLUGINS), true);
  }

  public static void main(String[] arguments) throws Exception {
    var node = new Server(Settings.builder()
        .put("path.home", arguments[0])
        .put("node.name", "test")
        .put("discovery.type", "single-node")
        .put("network.host", "127.0.0.1")
        .put("http.type", "netty4")
        .put("transport.type", "netty4")
        .put("http.port", arguments[1])
        .put("transport.port", "0")
        .put("cluster.routing.allocation.disk.threshold_enabled", false)
        .build());
    Runtime.getRuntime().addShutdownHook(new Thread(() -> {
      try {
        node.close();
      } catch (Exception failure) {
        throw new IllegalStateException(failure);
      }
    }));
    node.start();
    System.out.println("started");
    Thread.currentThread().join(); // all others are daemons
  }
}
