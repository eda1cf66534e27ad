package io.larimar.scope;

import io.larimar.engine.Fact;
import java.util.Optional;

/**
 * A prompt of which is known whether it asks for a fact.
 *
 * @param fact the fact that is stored
 * @param prompt the prompt alone, without any answer
 * @param inScope whether it asks for the fact
 * @param kind what sort of prompt it is ("paraphrase", "neighbour"), for the report
 * @param relation the fact's relation where the data names it; facts of one relation then teach
 *     together
 */
public record LabelledPrompt(Fact fact, String prompt, boolean inScope, String kind,
    Optional<String> relation) {}
