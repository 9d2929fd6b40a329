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
