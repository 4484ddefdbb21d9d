import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.Supplier;

import org.apache.lucene.analysis.TokenStream;
import org.apache.lucene.analysis.core.FlattenGraphFilter;
import org.apache.lucene.analysis.core.WhitespaceTokenizer;
import org.apache.lucene.analysis.en.PorterStemFilter;
import org.apache.lucene.analysis.miscellaneous.ASCIIFoldingFilter;
import org.apache.lucene.analysis.miscellaneous.KeywordRepeatFilter;
import org.apache.lucene.analysis.miscellaneous.RemoveDuplicatesTokenFilter;
import org.apache.lucene.analysis.miscellaneous.WordDelimiterGraphFilter;
import org.elasticsearch.Build;
import org.elasticsearch.client.internal.node.NodeClient;
import org.elasticsearch.cluster.node.DiscoveryNodes;
import org.elasticsearch.common.settings.Settings;
import org.elasticsearch.features.NodeFeature;
import org.elasticsearch.index.analysis.TokenFilterFactory;
import org.elasticsearch.index.analysis.TokenizerFactory;
import org.elasticsearch.indices.analysis.AnalysisModule.AnalysisProvider;
import org.elasticsearch.plugins.ActionPlugin;
import org.elasticsearch.plugins.Plugin;
import org.elasticsearch.rest.BaseRestHandler;
import org.elasticsearch.rest.RestHandler;
import org.elasticsearch.rest.RestRequest;
import org.elasticsearch.rest.RestResponse;
import org.elasticsearch.rest.RestStatus;

/**
 * What the full download has and Elastic's minimal distribution lacks of the parts that our index mapping uses: GET /, and the
 * filters by which words are stemmed and compounds split. Each is Lucene's own class, already on the server's class path, under
 * the name and parameters of the full product; the tests thus run the mapping that production runs.
 */
public class AnalysisPlugin extends Plugin implements ActionPlugin, org.elasticsearch.plugins.AnalysisPlugin {

    /** A filter that is the same for all settings, or built from them. */
    private static AnalysisProvider<TokenFilterFactory> filter(Function<Settings, Function<TokenStream, TokenStream>> build) {
        return (index, environment, name, settings) -> {
            Function<TokenStream, TokenStream> wrap = build.apply(settings);
            return new TokenFilterFactory() {
                @Override
                public String name() {
                    return name;
                }

                @Override
                public TokenStream create(TokenStream input) {
                    return wrap.apply(input);
                }
            };
        };
    }

    @Override
    public Map<String, AnalysisProvider<TokenFilterFactory>> getTokenFilters() {
        Map<String, AnalysisProvider<TokenFilterFactory>> filters = new HashMap<>();
        filters.put("asciifolding", filter(settings -> ASCIIFoldingFilter::new));
        filters.put("flatten_graph", filter(settings -> FlattenGraphFilter::new));
        filters.put("keyword_repeat", filter(settings -> KeywordRepeatFilter::new));
        filters.put("porter_stem", filter(settings -> PorterStemFilter::new));
        filters.put("remove_duplicates", filter(settings -> RemoveDuplicatesTokenFilter::new));
        filters.put("word_delimiter_graph", filter(settings -> {
            int flags = delimiterFlags(settings);
            return input -> new WordDelimiterGraphFilter(input, flags, null);
        }));
        return filters;
    }

    private static int delimiterFlags(Settings settings) {
        Map<String, Integer> known = Map.of(
            "generate_word_parts", WordDelimiterGraphFilter.GENERATE_WORD_PARTS,
            "generate_number_parts", WordDelimiterGraphFilter.GENERATE_NUMBER_PARTS,
            "split_on_case_change", WordDelimiterGraphFilter.SPLIT_ON_CASE_CHANGE,
            "split_on_numerics", WordDelimiterGraphFilter.SPLIT_ON_NUMERICS,
            "stem_english_possessive", WordDelimiterGraphFilter.STEM_ENGLISH_POSSESSIVE);
        int flags = 0;
        for (var flag : known.entrySet()) if (settings.getAsBoolean(flag.getKey(), true)) flags |= flag.getValue();
        if (settings.getAsBoolean("catenate_all", false)) flags |= WordDelimiterGraphFilter.CATENATE_ALL;
        return flags;
    }

    @Override
    public Map<String, AnalysisProvider<TokenizerFactory>> getTokenizers() {
        return Map.of("whitespace", (index, environment, name, settings) -> TokenizerFactory.newFactory(name, WhitespaceTokenizer::new));
    }

    @Override
    public List<RestHandler> getRestHandlers(RestHandlersServices services, Supplier<DiscoveryNodes> nodes, Predicate<NodeFeature> features) {
        return List.of(new BaseRestHandler() {
            @Override
            public String getName() {
                return "catalog_test_root";
            }

            @Override
            public List<Route> routes() {
                return List.of(new Route(RestRequest.Method.GET, "/"), new Route(RestRequest.Method.HEAD, "/"));
            }

            @Override
            protected RestChannelConsumer prepareRequest(RestRequest request, NodeClient client) {
                return channel -> {
                    try (var json = channel.newBuilder()) {
                        json.startObject().startObject("version").field("number", Build.current().qualifiedVersion()).endObject();
                        json.field("tagline", "You Know, for Search").endObject();
                        channel.sendResponse(new RestResponse(RestStatus.OK, json));
                    }
                };
            }
        });
    }
}
