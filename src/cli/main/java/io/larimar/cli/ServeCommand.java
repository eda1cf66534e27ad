package io.larimar.cli;

import io.larimar.engine.Larimar;
import io.larimar.server.LarimarServer;
import io.larimar.server.ServerOptions;
import io.larimar.server.ServerSettings;
import java.net.URI;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import sun.misc.Signal;

/** {@code serve}: the engine over HTTP until it is told to stop. */
@Command(name = "serve", description = {
    "Serves memories, OpenAI's API and a console over HTTP, until Ctrl-C or SIGTERM.",
    "A flag wins over LARIMAR_SERVER_* in the environment, the environment over --config, that over"
        + " the default. Without any key made it answers this machine alone."})
final class ServeCommand extends StoreCommand implements Callable<Integer> {
  @Option(names = "--host", paramLabel = "ADDRESS",
      description = "address to bind; default 127.0.0.1, this machine alone")
  private Optional<String> host = Optional.empty();

  @Option(names = "--port", paramLabel = "PORT", description = "default 8420; 0 takes a free one")
  private Optional<String> port = Optional.empty();

  @Option(names = "--config", paramLabel = "FILE",
      description = "properties file with any of: host, port, tls.certificate, tls.key, keys,"
          + " backups, traces, stop.grace, limit.body, limit.document, limit.facts, limit.rate,"
          + " limit.generations, limit.searches, limit.tokens, limit.connections")
  private Optional<Path> config = Optional.empty();

  @Option(names = "--set", paramLabel = "KEY=VALUE", description = "one of these settings")
  private Map<String, String> settings = new LinkedHashMap<>();

  @Option(names = "--parallel", paramLabel = "N", defaultValue = "1",
      description = "answers generated at once; 1 (default) gives the same tokens every time")
  private int parallel;

  @Override
  public Integer call() throws Exception {
    Map<String, String> flags = new LinkedHashMap<>(settings);
    host.ifPresent(value -> flags.put("host", value));
    port.ifPresent(value -> flags.put("port", value));
    ServerOptions options = new ServerSettings(config, System.getenv(), flags)
        .options(ServerOptions.keysBeside(engine.store()), model());
    CountDownLatch stop = new CountDownLatch(1);
    // Not a shutdown hook: hooks run side by side, and the decoder's would end the answers first.
    for (String name : new String[] {"INT", "TERM"}) {
      Signal.handle(new Signal(name), signal -> {
        if (stop.getCount() == 0) {
          Runtime.getRuntime().halt(130); // Asked twice: at once.
        }
        stop.countDown();
      });
    }
    try (Larimar larimar = engine.open(engine.store(), parallel);
        LarimarServer server = LarimarServer.open(larimar, options)) {
      announce(server);
      stop.await();
      System.err.println("larimar: stopping; running answers have "
          + options.grace().toSeconds() + " s, Ctrl-C again ends at once");
    }
    return ExitCode.DONE;
  }

  /** The model's name in answers: a known name, or the file's without its ending. */
  private String model() {
    String name = Path.of(engine.modelName()).getFileName().toString();
    return name.endsWith(".gguf") ? name.substring(0, name.length() - ".gguf".length()) : name;
  }

  private void announce(LarimarServer server) {
    URI address = server.address();
    if (json) {
      Map<String, Object> map = new LinkedHashMap<>();
      map.put("address", address.toString());
      map.put("console", address + "/");
      map.put("openToLoopback", server.openToLoopback());
      Output.json(map);
      return;
    }
    System.out.println("Larimar serves " + model() + " at " + address);
    System.out.println("  console  " + address + "/");
    System.out.println("  OpenAI   " + address + "/v1          memories  " + address + "/memories");
    System.out.println("  API      " + address + "/openapi.json");
    System.out.println(server.openToLoopback()
        ? "  keys     none was made: programs on this machine are served without one, others not at"
            + " all.\n           Make one: ./larimar keys create NAME --roles read,write,forget"
        : "  keys     wanted; make one: ./larimar keys create NAME --roles read,write,forget");
    System.out.println("Ctrl-C stops it.");
  }
}
