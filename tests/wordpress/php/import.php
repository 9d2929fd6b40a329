<?php
// Imports a file of WordPress eXtended RSS with the plugin "WordPress Importer", and tells what is there
// then: `php import.php PLUGIN`, the path of the file as JSON in, the posts as JSON out.
define( 'WP_LOAD_IMPORTERS', true );
require __DIR__ . '/wp-load.php';
foreach ( array( 'admin', 'post', 'taxonomy', 'image', 'import', 'user' ) as $part ) {
	require_once ABSPATH . "wp-admin/includes/$part.php";
}
require "$argv[1]/wordpress-importer.php";
if ( ! class_exists( 'WP_Import' ) ) {
	wordpress_importer_init();
}
wp_set_current_user( 1 );
$file     = json_decode( stream_get_contents( STDIN ) );
$importer = new WP_Import();
preg_match_all( '~<wp:author_login>([^<]*)~', file_get_contents( $file ), $logins );
$_POST['imported_authors'] = $logins[1];
foreach ( $logins[1] as $number => $login ) { // as a person chooses in the form: who is there is taken
	$_POST['user_map'][ $number ] = username_exists( $login ) ?: 0;
}
ob_start();
$importer->import( $file );
$said  = ob_get_clean();
$posts = array();
foreach ( get_posts( array( 'numberposts' => -1, 'post_status' => 'any' ) ) as $post ) {
	$posts[] = array(
		'title'    => $post->post_title,
		'content'  => $post->post_content,
		'excerpt'  => $post->post_excerpt,
		'status'   => $post->post_status,
		'date'     => $post->post_date,
		'name'     => $post->post_name,
		'author'   => get_the_author_meta( 'display_name', $post->post_author ),
		'category' => wp_list_pluck( get_the_category( $post->ID ), 'name' ),
		'tags'     => wp_list_pluck( get_the_tags( $post->ID ) ?: array(), 'name' ),
		'code'     => get_post_meta( $post->ID, 'tinhuyen_code', true ),
	);
}
echo json_encode( array( 'said' => wp_strip_all_tags( $said ), 'posts' => $posts ) );
