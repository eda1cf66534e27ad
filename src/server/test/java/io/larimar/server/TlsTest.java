package io.larimar.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.larimar.engine.Larimar;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.util.Base64;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** TLS from PEM files. */
@Tag("model")
@ExtendWith(SharedEngine.class)
class TlsTest {
  private static final char[] PASSWORD = "changeit".toCharArray();

  @TempDir
  private Path folder;

  /** A certificate for localhost that signs itself, drawn anew. */
  private KeyStore draw() throws Exception {
    Path file = folder.resolve("server.p12");
    Process keytool = new ProcessBuilder(
        Path.of(System.getProperty("java.home"), "bin", "keytool").toString(), "-genkeypair",
        "-alias", "server", "-keyalg", "EC", "-dname", "CN=localhost", "-ext",
        "SAN=dns:localhost,ip:127.0.0.1", "-storetype", "PKCS12", "-keystore", file.toString(),
        "-storepass", new String(PASSWORD)).redirectErrorStream(true).start();
    String said = new String(keytool.getInputStream().readAllBytes());
    assertEquals(0, keytool.waitFor(), said);
    KeyStore store = KeyStore.getInstance("PKCS12");
    try (InputStream in = Files.newInputStream(file)) {
      store.load(in, PASSWORD);
    }
    return store;
  }

  private Path pem(String name, String type, byte[] der) throws IOException {
    return Files.writeString(folder.resolve(name), "-----BEGIN " + type + "-----\n"
        + Base64.getMimeEncoder().encodeToString(der) + "\n-----END " + type + "-----\n");
  }

  @Test
  void itServesOverTlsAndNotBesideIt(Larimar larimar) throws Exception {
    KeyStore store = draw();
    Path certificate = pem("cert.pem", "CERTIFICATE", store.getCertificate("server").getEncoded());
    Path key = pem("key.pem", "PRIVATE KEY", store.getKey("server", PASSWORD).getEncoded());
    TrustManagerFactory trust =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    trust.init(store);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(null, trust.getTrustManagers(), null);
    try (LarimarServer server = LarimarServer.open(larimar, ServerOptions
            .of(folder.resolve("keys.db"), "m").withPort(0).withTls(certificate, key));
        HttpClient client = HttpClient.newBuilder().sslContext(context).build()) {
      assertEquals("https", server.address().getScheme());
      HttpRequest request =
          HttpRequest.newBuilder(server.address().resolve("/memories")).build();
      assertEquals(200, client.send(request, BodyHandlers.ofString()).statusCode());
      HttpRequest plain = HttpRequest.newBuilder(URI.create(
          "http://127.0.0.1:" + server.address().getPort() + "/memories")).build();
      assertThrows(IOException.class, () -> client.send(plain, BodyHandlers.ofString()));
    }
  }

  @Test
  void filesThatAreMissingOrSomethingElseAreNamed(Larimar larimar) throws IOException {
    ServerOptions options = ServerOptions.of(folder.resolve("keys.db"), "m").withPort(0);
    Path text = Files.writeString(folder.resolve("text.pem"), "not a key");
    for (ServerOptions bad : new ServerOptions[] {options.withTls(text, text),
        options.withTls(folder.resolve("none.pem"), text)}) {
      IllegalArgumentException e = assertThrows(
          IllegalArgumentException.class, () -> LarimarServer.open(larimar, bad));
      assertTrue(e.getMessage().contains("PEM"), e.getMessage());
    }
  }
}
