<?php
// How the portal misbehaves, as ../faults.json says: see Faults in portal.py. Without that file it does not.
$file   = dirname( ABSPATH ) . '/faults.json';
$faults = is_file( $file ) ? json_decode( file_get_contents( $file ), true, 512, JSON_THROW_ON_ERROR ) : array();
if ( ! $faults ) {
	return;
}

if ( ! $faults['rest'] ) {
	add_filter(
		'rest_authentication_errors',
		static fn() => new WP_Error( 'rest_not_logged_in', 'Bạn hiện chưa đăng nhập.', array( 'status' => 401 ) )
	);
}
if ( ! $faults['sitemap'] ) {
	add_filter( 'wp_sitemaps_enabled', '__return_false' );
}

if ( $faults['rest_page'] ) {
	add_filter( 'rest_post_query', static fn( array $query ): array => array( 'posts_per_page' => 20 ) + $query );
	add_filter(
		'rest_pre_dispatch',
		static fn( $result, $server, WP_REST_Request $request ) => (int) $request['page'] === $faults['rest_page']
			? new WP_Error( 'broken', 'Lỗi.', array( 'status' => 500 ) ) : $result,
		10,
		3
	);
}

if ( ! $faults['attachment_pages'] ) {
	add_action(
		'template_redirect',
		static function (): void {
			if ( is_attachment() ) {
				wp_redirect( wp_get_attachment_url( get_queried_object_id() ), 301 );
				exit;
			}
		},
		0
	);
}

$link = static fn( array $unlinked ) => static fn( string $link ): string => in_array( get_the_ID(), $unlinked, true ) ? '' : $link;
add_filter( 'previous_post_link', $link( $faults['hide_prev'] ) );
add_filter( 'next_post_link', $link( $faults['hide_next'] ) );

add_action(
	'template_redirect',
	static function () use ( $faults ): void {
		global $wp_query;
		if ( is_feed() ? ! $faults['feeds'] : is_singular() && in_array( get_queried_object_id(), $faults['dead'], true ) ) {
			$wp_query->set_404();
			$wp_query->is_feed = false;
			status_header( 404 );
		}
	},
	0
);

add_action(
	'template_redirect',
	static function () use ( $faults ): void {
		if ( is_singular() && in_array( get_queried_object_id(), $faults['to_https'], true ) ) {
			wp_redirect( str_replace( 'http:', 'https:', get_permalink() ), 301 );
			exit;
		}
		if ( is_singular() && $faults['is_cut'] ) {
			ob_start(
				static function ( string $page ): string {
					$text = strpos( $page, 'class="entry-content' );
					return substr( $page, 0, $text + 400 );
				}
			);
		}
	}
);
