package io.larimar.cli;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.encoder.PatternLayoutEncoder;
import ch.qos.logback.classic.spi.Configurator;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.Appender;
import ch.qos.logback.core.ConsoleAppender;
import ch.qos.logback.core.spi.ContextAwareBase;
import java.util.Optional;

/**
 * What is logged, and how: errors alone, or as {@code LARIMAR_LOG} says; of the server a line a
 * request. Found by logback as a service; a start would wait 0.2 s for its XML reader.
 */
public final class LogSetup extends ContextAwareBase implements Configurator {

  @Override
  public ExecutionStatus configure(LoggerContext context) {
    if (System.getProperty("logback.configurationFile") != null) {
      return ExecutionStatus.INVOKE_NEXT_IF_ANY; // the user's own
    }
    Optional<Level> said =
        Optional.ofNullable(System.getenv("LARIMAR_LOG")).map(word -> Level.toLevel(word, null));
    Logger root = context.getLogger(Logger.ROOT_LOGGER_NAME);
    root.setLevel(said.orElse(Level.ERROR));
    root.addAppender(appender(context, "larimar: %msg%n%ex"));
    Logger server = context.getLogger("io.larimar.server");
    server.setLevel(said.orElse(Level.INFO));
    server.setAdditive(false);
    // One line a request, as key="value" pairs; never content.
    server.addAppender(
        appender(context, "%d{yyyy-MM-dd'T'HH:mm:ss.SSSX,UTC} %level %msg %kvp%n%ex"));
    context.getLogger("io.helidon").setLevel(said.orElse(Level.OFF));
    return ExecutionStatus.DO_NOT_INVOKE_NEXT_IF_ANY;
  }

  private static Appender<ILoggingEvent> appender(LoggerContext context, String pattern) {
    PatternLayoutEncoder encoder = new PatternLayoutEncoder();
    encoder.setContext(context);
    encoder.setPattern(pattern);
    encoder.start();
    ConsoleAppender<ILoggingEvent> appender = new ConsoleAppender<>();
    appender.setContext(context);
    appender.setTarget("System.err");
    appender.setEncoder(encoder);
    appender.start();
    return appender;
  }
}
