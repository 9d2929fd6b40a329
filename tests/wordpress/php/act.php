<?php
// Does one thing to the portal through WordPress's own functions: `php act.php VERB`, JSON in, JSON out.
require __DIR__ . '/wp-load.php';
require ABSPATH . 'wp-admin/includes/image.php';
require ABSPATH . 'wp-admin/includes/image-edit.php';
require ABSPATH . 'wp-admin/includes/media.php';
require ABSPATH . 'wp-admin/includes/taxonomy.php';

/** An author's id by display name, made on first use. */
function author( string $name ): int {
	$login = sanitize_title( $name );
	$user  = get_user_by( 'login', $login );
	return $user ? $user->ID : wp_insert_user(
		array(
			'user_login'   => $login,
			'user_pass'    => wp_generate_password(),
			'user_email'   => "$login@example.org",
			'display_name' => $name,
			'role'         => 'editor',
		)
	);
}

/** A category's id by its path of names from the top, made on first use. */
function category( array $path ): int {
	$parent = 0;
	foreach ( $path as $name ) {
		$parent = category_exists( $name, $parent ) ?: wp_create_category( $name, $parent );
	}
	return (int) $parent;
}

/** Draws a hilly landscape, so that pictures have real bytes, sizes and thumbnails. */
function draw( string $file, int $number, int $width, int $height ): void {
	$image = imagecreatetruecolor( $width, $height );
	imagefill( $image, 0, 0, imagecolorallocate( $image, ( 170 + 8 * $number ) % 256, 205, 235 ) );
	for ( $hill = 0; $hill < 4; $hill++ ) {
		$green = imagecolorallocate( $image, 60 - 10 * $hill, 140 - 20 * $hill, ( 70 + 5 * $number ) % 256 );
		imagefilledellipse( $image, ( $number * 211 + $hill * 307 ) % $width, $height, 900, 700 - 140 * $hill, $green );
	}
	imagejpeg( $image, $file, 80 );
}

/** Adds a picture, recording or document to the uploads; answers what is known of it. */
function upload( array $file, int $number ): array {
	$bits = wp_upload_bits( $file['name'], null, "%PDF-1.4\n%%EOF\n" . $file['name'], '2021/06' );
	if ( str_ends_with( $file['name'], '.jpg' ) ) {
		draw( $bits['file'], $number, $file['width'], $file['height'] );
	}
	$id = wp_insert_attachment(
		array(
			'post_mime_type' => $bits['type'],
			'post_title'     => $file['name'],
			'post_excerpt'   => $file['caption'],
			'post_date'      => '2021-06-01 08:00:00',
		),
		$bits['file']
	);
	$forms = static fn(): array => array( 'image/jpeg' => $file['forms'] );
	add_filter( 'image_editor_output_format', $forms );
	wp_update_attachment_metadata( $id, wp_generate_attachment_metadata( $id, $bits['file'] ) );
	remove_filter( 'image_editor_output_format', $forms );
	update_post_meta( $id, '_wp_attachment_image_alt', $file['caption'] );
	return medium( $id );
}

/** What is known of a file in the uploads. */
function medium( int $id ): array {
	$size  = wp_get_attachment_metadata( $id );
	$forms = array();
	foreach ( $size['sizes'] ?? array() as $name => $form ) {
		$forms[ $name ] = wp_get_attachment_image_url( $id, $name );
	}
	return array(
		'id'      => $id,
		'url'     => wp_get_attachment_url( $id ),
		'caption' => wp_get_attachment_caption( $id ),
		'width'   => $size['width'] ?? 0,
		'height'  => $size['height'] ?? 0,
		'page'    => get_permalink( $id ),
		'forms'   => (object) $forms,
	);
}

/** Has a post own files, as one that they were uploaded in does: their pages lie below it. */
function own( array $files ): array {
	foreach ( $files['ids'] as $id ) {
		wp_update_post( array( 'ID' => $id, 'post_parent' => $files['post'] ) );
	}
	return array_map( 'medium', $files['ids'] );
}

/** Turns a picture on its side, as the page for editing pictures does: all of it, or its square alone. */
function turn( array $edit ): array {
	$_REQUEST = array( 'history' => '[{"r":90}]', 'target' => $edit['target'] );
	wp_save_image( $edit['id'] );
	return medium( $edit['id'] );
}

/** The columns of a post that come from the manuscript. */
function columns( array $post ): array {
	return array(
		'post_title'    => $post['title'],
		'post_content'  => $post['content'],
		'post_excerpt'  => $post['excerpt'],
		'post_date'     => $post['date'],
		'post_status'   => 'trash' === $post['status'] ? 'publish' : $post['status'],
		'post_type'     => $post['kind'],
		'post_author'   => author( $post['author'] ),
		'post_category' => array_map( 'category', $post['categories'] ),
		'tags_input'    => $post['tags'],
		'post_password' => $post['password'],
	);
}

/** Where the post is now, and since when it stands so. */
function place( int $id ): array {
	$post = get_post( $id );
	return array(
		'id'       => $id,
		'url'      => get_permalink( $post ),
		'status'   => $post->post_status,
		'modified' => $post->post_modified,
	);
}

function add( array $post ): array {
	$date_changed = static fn( array $row ): array => array(
		'post_modified'     => $post['modified'],
		'post_modified_gmt' => get_gmt_from_date( $post['modified'] ),
	) + $row;
	add_filter( 'wp_insert_post_data', $date_changed );
	$id = wp_insert_post( wp_slash( columns( $post ) ), true );
	remove_filter( 'wp_insert_post_data', $date_changed );
	if ( is_wp_error( $id ) ) {
		throw new RuntimeException( $id->get_error_message() );
	}
	if ( $post['featured'] ) {
		set_post_thumbnail( $id, $post['featured'] );
	}
	foreach ( $post['comments'] as $text ) {
		wp_insert_comment(
			array(
				'comment_post_ID' => $id,
				'comment_author'  => 'Bạn đọc',
				'comment_content' => $text,
				'comment_date'    => $post['date'],
			)
		);
	}
	if ( 'trash' === $post['status'] ) {
		wp_trash_post( $id );
	}
	return place( $id );
}

function edit( array $change ): array {
	$columns = array(
		'ID'           => $change['id'],
		'post_title'   => $change['title'],
		'post_content' => $change['content'],
	);
	wp_update_post( wp_slash( $columns ) );
	return place( $change['id'] );
}

/** Empties the portal for another body, which gives it its name. */
function replace( string $name ): string {
	foreach ( get_posts( array( 'post_type' => array( 'post', 'page' ), 'post_status' => 'any', 'numberposts' => -1 ) ) as $post ) {
		wp_delete_post( $post->ID, true );
	}
	update_option( 'blogname', $name );
	return get_option( 'blogname' );
}

wp_set_current_user( 1 ); // An administrator may store any HTML.
wp_defer_term_counting( true );
$input  = json_decode( stream_get_contents( STDIN ), true, 512, JSON_THROW_ON_ERROR );
$answer = match ( $argv[1] ) {
	'upload' => array_map( 'upload', $input, array_keys( $input ) ),
	'add'    => array_map( 'add', $input ),
	'edit'   => edit( $input ),
	'delete' => (bool) wp_delete_post( $input['id'], true ),
	'replace' => replace( $input['name'] ),
	'theme'  => switch_theme( $input['name'] ),
	'own'    => own( $input ),
	'turn'   => turn( $input ),
};
wp_defer_term_counting( false );
echo json_encode( $answer, JSON_THROW_ON_ERROR | JSON_UNESCAPED_UNICODE );
