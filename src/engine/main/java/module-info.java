/** The engine: teach a running language model a fact, ask for it, forget it. */
module io.larimar.engine {
  requires transitive io.larimar.bindings;
  requires java.sql;
  requires jdk.incubator.vector;
  requires org.slf4j;
  requires com.microsoft.onnxruntime;
  requires org.jsoup;

  exports io.larimar.codec;
  exports io.larimar.decoder;
  exports io.larimar.encoder;
  exports io.larimar.engine;
  exports io.larimar.ledger;
  exports io.larimar.linalg;
  exports io.larimar.memory;
  exports io.larimar.passages;
  exports io.larimar.scope;
  exports io.larimar.text;
}
