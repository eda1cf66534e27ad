package io.larimar.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

class LogSetupTest {

  @Test
  void errorsAreToldAndTheServersLines() {
    Assumptions.assumeTrue(System.getenv("LARIMAR_LOG") == null);
    LoggerContext context = assertInstanceOf(LoggerContext.class, LoggerFactory.getILoggerFactory());
    Logger server = context.getLogger("io.larimar.server.Access");
    assertEquals(Level.ERROR, context.getLogger(Logger.ROOT_LOGGER_NAME).getLevel());
    assertEquals(Level.INFO, server.getEffectiveLevel());
    assertEquals(Level.OFF, context.getLogger("io.helidon.web").getEffectiveLevel());
    assertFalse(context.getLogger("io.larimar.server").isAdditive());
    assertTrue(context.getLogger("io.larimar.server").iteratorForAppenders().hasNext());
    assertTrue(context.getLogger(Logger.ROOT_LOGGER_NAME).iteratorForAppenders().hasNext());
  }
}
