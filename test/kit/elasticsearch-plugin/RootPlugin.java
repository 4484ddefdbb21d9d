import java.util.List;
import java.util.function.Predicate;
import java.util.function.Supplier;

import org.elasticsearch.Build;
import org.elasticsearch.client.internal.node.NodeClient;
import org.elasticsearch.cluster.node.DiscoveryNodes;
import org.elasticsearch.features.NodeFeature;
import org.elasticsearch.plugins.ActionPlugin;
import org.elasticsearch.plugins.Plugin;
import org.elasticsearch.rest.BaseRestHandler;
import org.elasticsearch.rest.RestHandler;
import org.elasticsearch.rest.RestRequest;
import org.elasticsearch.rest.RestResponse;
import org.elasticsearch.rest.RestStatus;

/**
 * GET / and HEAD /, which the full download has and Elastic's minimal distribution lacks: by them a client sees that the server is
 * up. Nothing here touches indexing or searching; the tests run the server's own.
 */
public class RootPlugin extends Plugin implements ActionPlugin {

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
